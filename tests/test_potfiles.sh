#!/bin/sh
# Every source file with a text for people is known to gettext, and the list is sorted: a file
# that is missing there cannot be translated, and nothing else would tell.
set -u
LC_ALL=C
export LC_ALL
cd "${CRIER_SRCDIR:-$(dirname "$0")/..}" || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

grep -v -e '^#' -e '^$' po/POTFILES.in >"$work/listed"
sort -u "$work/listed" >"$work/sorted"
# In headers a mark in a comment does not count: examples speak of N_().
{
    find src -name '*.c' -exec grep -lE '(^|[^A-Za-z0-9_])(N?_|Q_|n?gettext)\(' {} +
    find src -name '*.h' -exec grep -lE '^([^*]*[^*A-Za-z0-9_])?(N?_|Q_|n?gettext)\("' {} +
} | sort -u >"$work/marked"

# src/main.c is listed from the start, with or without a text.
echo 1..3
comm -13 "$work/sorted" "$work/marked" >"$work/unlisted"
sed 's/^/# not in po\/POTFILES.in: /' "$work/unlisted"
[ -s "$work/unlisted" ] && printf 'not '
echo 'ok 1 - every file with a marked text is in po/POTFILES.in'

comm -23 "$work/sorted" "$work/marked" | grep -vx src/main.c >"$work/idle"
sed 's/^/# has no marked text: /' "$work/idle"
[ -s "$work/idle" ] && printf 'not '
echo 'ok 2 - every file in po/POTFILES.in has a marked text'

cmp -s "$work/listed" "$work/sorted" || printf 'not '
echo 'ok 3 - po/POTFILES.in is sorted, each file once'
