#!/bin/sh
# A function of ours that has the name of one in a library we link with is called by that
# library in place of its own: the linker says nothing, and JSON numbers or sockets break at a
# distance. The linker lists exactly such names of a program in its dynamic symbol table.
set -u
LC_ALL=C
export LC_ALL
build=${CRIER_BUILDDIR:-.}
program=$build/crier
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# names: the symbol of each line of nm's output, without its version.
names()
{
    sed -n 's/^.* [A-Za-z] \([A-Za-z_][A-Za-z_0-9]*\).*$/\1/p' | sort -u
}

# result NUMBER WHAT: the TAP line of the condition that was just tested.
result()
{
    if [ $? -eq 0 ]; then
        echo "ok $1 - $2"
    else
        echo "not ok $1 - $2"
    fi
}

echo 1..3
nm -g --defined-only "$build"/src/*/lib*.a 2>/dev/null | names >"$work/ours"
nm -D --defined-only "$program" | names >"$work/shown"

{ grep -qx json_member "$work/ours" && grep -qx loop_new "$work/ours"; }
result 1 'reads the names of our archives'

printf '%s\n' 'json_real' 'loop_new' >"$work/fake"
printf '%s\n' '0000000000001000 T json_real' '0000000000002000 B stdout@GLIBC_2.2.5' |
    names | comm -12 - "$work/fake" >"$work/found"
[ "$(cat "$work/found")" = json_real ]
result 2 'finds a name that is in both'

comm -12 "$work/ours" "$work/shown" >"$work/found"
sed 's/^/# also in a library: /' "$work/found"
[ -x "$program" ] && [ ! -s "$work/found" ]
result 3 'no name of ours is that of a library'
