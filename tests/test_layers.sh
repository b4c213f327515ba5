#!/bin/sh
# The layer test: reads the includes of src/ and holds them against the floors and doors of
# doc/ARCHITECTURE. First it is tried on a small tree in which every rule is broken.
set -u
LC_ALL=C
export LC_ALL
srcdir=$(cd "${CRIER_SRCDIR:-$(dirname "$0")/..}" && pwd) || exit 1
rules=$srcdir/tests/layers.awk
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
number=0

violations()
{
    (cd "$1" && find src -name '*.[ch]' | sort | xargs awk -f "$rules")
}

# result WHAT: the TAP line of the condition that was just tested.
result()
{
    status=$?
    number=$((number + 1))
    if [ $status -eq 0 ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
    fi
}

# breaks FILE WHAT: $work/in as FILE must bring exactly one line that has WHAT.
breaks()
{
    rm -rf "$work/src"
    mkdir -p "$work/$(dirname "$1")"
    cp "$work/in" "$work/$1"
    violations "$work" >"$work/found"
    [ "$(wc -l <"$work/found")" -eq 1 ] && grep -qF "$2" "$work/found"
    result "finds: $2"
}

# A line of C that includes $1, kept apart so that this file holds no include itself.
including()
{
    printf '#include "config.h"\n'
    for header in "$@"; do
        printf '#include %s\n' "$header"
    done
}

echo 1..25
including '"net/stream.h"' >"$work/in"
breaks src/app/start.c 'app may not include net'
including '"store/db.h"' >"$work/in"
breaks src/model/person.c 'model may not include store'
including '"store/db.h"' >"$work/in"
breaks src/net/smtp.c 'net may not include store'
including '"cmd/cmd.h"' >"$work/in"
breaks src/sink/sink.c 'sink may not include cmd'
including '"worker/worker.h"' >"$work/in"
breaks src/cmd/status.c 'cmd may not include worker'
including '"net/smtp.h"' >"$work/in"
breaks src/tui/home.c 'tui may not include net'
including '"stream.h"' >"$work/in"
breaks src/net/smtp.c 'named without its folder'
including '<sqlite3.h>' >"$work/in"
breaks src/app/start.c 'only by src/store/'
including '<curl/curl.h>' >"$work/in"
breaks src/net/smtp.c 'only by src/net/stream.c'
including '<openssl/evp.h>' >"$work/in"
breaks src/app/start.c 'only by src/base/crypto'
including '<openssl/evp.h>' >"$work/in"
breaks src/base/token.c 'only by src/base/crypto'
including '"store/sql.h"' >"$work/in"
breaks src/app/start.c 'private to src/store/'
including '"message/template_private.h"' >"$work/in"
breaks src/app/start.c 'private to src/message/'
echo '#include <sqlite3.h>' >"$work/in"
breaks src/store/db.h 'must stay behind its door'
echo '#include <curl/curl.h>' >"$work/in"
breaks src/store/sql.h 'only by src/net/stream.c'
including '<bzlib.h>' >"$work/in"
breaks src/base/text.c 'has no door'
echo '#include <jansson.h>' >"$work/in"
breaks src/base/json.h 'must stay behind its door'
echo '#include <glib.h>' >"$work/in"
breaks src/base/text.c 'first include is not config.h'
including '<glib.h>' >"$work/in"
breaks src/extra/text.c 'stands on no floor'
{ including; echo 'int f(char *a) { return sprintf(a, "x"); }'; } >"$work/in"
breaks src/base/text.c 'sprintf() is banned'
{ including; yes 'int x;' | head -n 700; } >"$work/in"
breaks src/base/text.c 'more than 700 lines'
{ including; echo '{'; yes '    x++;' | head -n 121; echo '}'; } >"$work/in"
breaks src/base/text.c 'a function of 121 lines'

rm -rf "$work/src"
mkdir -p "$work/src/base"
including '<jansson.h>' >"$work/src/base/a.c"
including '<jansson.h>' >"$work/src/base/b.c"
[ "$(violations "$work" | grep -c 'one file is its door')" -eq 1 ]
result 'finds: two files at one door'

rm -rf "$work/src"
mkdir -p "$work/src/app" "$work/src/store"
{
    including '<glib.h>' '<sys/stat.h>' '"app/start.h"' '"store/db.h"' '"base/text.h"'
    echo '/* sprintf(a) */ int f(void) { return g_snprintf("gets(a)"); }'
} >"$work/src/app/start.c"
including '<sqlite3.h>' '"store/db.h"' '"store/db_private.h"' >"$work/src/store/db.c"
echo '#include <sqlite3.h>' | tee "$work/src/store/sql.h" >"$work/src/store/db_private.h"
mkdir -p "$work/src/base"
including '<openssl/evp.h>' | tee "$work/src/base/crypto.c" >"$work/src/base/crypto_key.c"
[ -z "$(violations "$work")" ]
result 'says nothing about what is allowed'

violations "$srcdir" >"$work/found"
sed 's/^/# /' "$work/found"
[ ! -s "$work/found" ]
result 'src/ keeps to its floors and doors'
