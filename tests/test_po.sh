#!/bin/sh
# The translations of po/LINGUAS: each is well-formed and has what its printf formats need, and
# lacks no message of the sources as they are. New messages come in by po/update.
set -u
LC_ALL=C
export LC_ALL
srcdir=$(cd "${CRIER_SRCDIR:-$(dirname "$0")/..}" && pwd) || exit 1

# Those in which a missing message is a fault.
complete='de ja'

for tool in xgettext msgmerge msgfmt msgattrib; do
    command -v $tool >/dev/null || {
        echo "1..0 # SKIP $tool is not installed"
        exit 0
    }
done
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
number=0

# result WHAT: the TAP line of the condition that was just tested; $work/said explains a failure.
result()
{
    status=$?
    number=$((number + 1))
    [ $status -eq 0 ] && echo "ok $number - $1" && return
    head -n 40 "$work/said" | sed 's/^/# /'
    echo "not ok $number - $1"
}

is_complete()
{
    case " $complete " in *" $1 "*) return 0 ;; esac
    return 1
}

languages=$(grep -v '^#' "$srcdir/po/LINGUAS")
# shellcheck disable=SC2086
set -- $languages
echo "1..$((2 + $# * 3))"

sh "$srcdir/po/update" --pot "$work/crier.pot" 2>"$work/said"
[ -s "$work/crier.pot" ] && [ ! -s "$work/said" ]
result 'xgettext collects the messages and has nothing to complain of'

# A tool that finds nothing would let everything pass.
cat >"$work/bad.po" <<'END'
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\n"
#, c-format
msgid "no %x"
msgstr "kein %s"
END
! msgfmt --check-format -o /dev/null "$work/bad.po" 2>"$work/said" && [ -s "$work/said" ]
result 'msgfmt finds a wrong format'

for language in "$@"; do
    po=$srcdir/po/$language.po
    msgfmt -c --check-format -o /dev/null "$po" >"$work/said" 2>&1 && [ ! -s "$work/said" ]
    result "$language: msgfmt finds no fault"

    msgmerge --quiet --no-fuzzy-matching -o "$work/merged.po" "$po" "$work/crier.pot" \
        2>"$work/said"
    msgattrib --only-fuzzy --no-wrap --no-obsolete "$work/merged.po" >"$work/said"
    [ ! -s "$work/said" ]
    result "$language: no message is marked as doubtful"

    msgattrib --untranslated --no-wrap --no-obsolete "$work/merged.po" |
        sed -e '1,/^$/d' -e '/^#/d' -e '/^msgstr/d' -e '/^$/d' >"$work/said"
    if is_complete "$language"; then
        [ ! -s "$work/said" ]
        result "$language: no message is missing (po/update $language brings them into the file)"
    else
        number=$((number + 1))
        echo "ok $number - # SKIP $language: is not translated completely yet"
    fi
done
