# Prints one line for each include that breaks the floors and doors of doc/ARCHITECTURE, and
# for a few rules of CONTRIBUTING that can be read off the text. Files come as src/DIR/FILE.
# It reads lines, not C: an include that the preprocessor drops counts all the same.

BEGIN {
    below["base"] = ""
    below["model"] = "base"
    below["message"] = "model base"
    below["net"] = "model base"
    below["store"] = "model base"
    below["inbound"] = "message model base"
    below["transfer"] = "message model base"
    below["app"] = "inbound transfer store message model base"
    below["tui"] = "app inbound transfer store message model base"
    below["web"] = below["tui"]
    below["doctor"] = below["tui"] " net"
    below["worker"] = below["doctor"]
    below["sink"] = below["doctor"]
    below["cmd"] = below["doctor"] " doctor"
    below["main.c"] = below["cmd"] " tui web cmd sink worker"

    # The verb that runs the worker in this process; everything else starts it by executing us.
    exempt["src/cmd/worker.c", "worker"] = 1
    # The verb that reads one mailbox in this process, as the worker's role does.
    exempt["src/cmd/mailbox_read.c", "worker"] = 1

    # A door is a file, a folder (ends in /), FOLDER/*: one file of the folder, any, or
    # FOLDER/NAME*: the files of the folder that begin so.
    door["sqlite3.h"] = "src/store/"
    door["curl/"] = "src/net/stream.c"
    door["ares.h"] = "src/net/dns.c"
    door["libconfig.h"] = "src/transfer/*"
    door["csv.h"] = "src/transfer/*"
    door["zlib.h"] = "src/transfer/archive.c"
    door["cmark.h"] = "src/message/*"
    door["gumbo.h"] = "src/message/html*"
    door["gmime/"] = "src/message/*"
    door["idn2.h"] = "src/base/*"
    door["jansson.h"] = "src/base/*"
    door["openssl/"] = "src/base/crypto*"
    door["microhttpd.h"] = "src/web/httpd.c"
    door["curses.h"] = "src/tui/term.c"

    # GLib and what the C library and the kernel bring; anything else needs a door.
    split("glib.h glib-unix.h glib/ assert.h ctype.h dirent.h errno.h fcntl.h float.h ifaddrs.h " \
          "inttypes.h langinfo.h libintl.h limits.h locale.h math.h netdb.h poll.h pwd.h " \
          "grp.h resolv.h sched.h setjmp.h signal.h spawn.h stdarg.h stdatomic.h stdbool.h stddef.h " \
          "stdint.h stdio.h stdlib.h string.h syslog.h termios.h time.h unistd.h wchar.h " \
          "wctype.h arpa/ linux/ net/ netinet/ sys/ malloc.h getopt.h utime.h", words, " ")
    for (i in words)
        system_header[words[i]] = 1

    split("strcpy strcat sprintf vsprintf gets strtok atoi system popen alloca strncpy", words, " ")
    for (i in words)
        banned[words[i]] = 1
}

function bad(text)
{
    printf "%s:%d: %s\n", FILENAME, FNR, text
}

# Headers that only their own folder may include; they alone may show the library behind it.
function is_private(header)
{
    return header ~ /_private\.h$/ || header ~ /(^|\/)store\/sql\.h$/
}

# The row that a header such as curl/curl.h belongs to: itself, or its folder with the slash.
function key_of(header)
{
    return index(header, "/") ? substr(header, 1, index(header, "/")) : header
}

function through_door(header, key,   where, folder)
{
    where = door[key]
    if (FILENAME ~ /\.h$/ && !is_private(FILENAME))
        return bad("a header includes <" header ">, which must stay behind its door")
    if (where ~ /[^\/]\*$/) {
        if (index(FILENAME, substr(where, 1, length(where) - 1)) != 1)
            bad("<" header "> may be included only by " where)
    } else if (where ~ /\*$/) {
        folder = substr(where, 1, length(where) - 1)
        if (index(FILENAME, folder) != 1)
            return bad("<" header "> is included outside of " folder)
        if ((key in opened) && opened[key] != FILENAME)
            return bad("<" header "> is included by " opened[key] " already: one file is its door")
        opened[key] = FILENAME
    } else if (where ~ /\/$/ ? index(FILENAME, where) != 1 : FILENAME != where) {
        bad("<" header "> may be included only by " where)
    }
}

FNR == 1 {
    n = split(FILENAME, part, "/")
    folder = part[2]
    includes = 0
    body = 0
    if (!(folder in below))
        bad("the folder " folder " stands on no floor: add it to tests/layers.awk")
}

FNR == 701 {
    bad("the file has more than 700 lines")
}

/^[ \t]*#[ \t]*include[ \t]*[<"]/ {
    header = $0
    sub(/^[^<"]*[<"]/, "", header)
    quoted = $0 ~ /include[ \t]*"/
    sub(/[>"].*$/, "", header)
    includes++
    if (FILENAME ~ /\.c$/ && includes == 1 && header != "config.h")
        bad("the first include is not config.h")
    if (quoted) {
        if (header == "config.h")
            next
        split(header, part, "/")
        if (index(header, "/") == 0)
            bad("\"" header "\" is named without its folder")
        else if (part[1] != folder && index(" " below[folder] " ", " " part[1] " ") == 0 &&
                 !((FILENAME, part[1]) in exempt))
            bad(folder " may not include " part[1] " (" header ")")
        else if (part[1] != folder && is_private(header))
            bad("\"" header "\" is private to src/" part[1] "/")
    } else if ((key = key_of(header)) in door) {
        through_door(header, key)
    } else if (!(key in system_header) && !(header in system_header)) {
        bad("<" header "> has no door: give it one in tests/layers.awk")
    }
    next
}

/^\{/ {
    body = FNR
}

/^\}/ && body {
    if (FNR - body - 1 > 120)
        bad("a function of " FNR - body - 1 " lines")
    body = 0
}

{
    code = $0
    gsub(/"([^"\\]|\\.)*"/, "\"\"", code)
    sub(/\/\/.*/, "", code)
    gsub(/\/\*.*\*\//, "", code)
    # The inside of a longer comment, by our style.
    if (code ~ /^[ \t]*(\/\*|\*)/)
        next
    while (match(code, /[A-Za-z_][A-Za-z_0-9]*[ \t]*\(/)) {
        name = substr(code, RSTART, RLENGTH)
        sub(/[ \t]*\($/, "", name)
        if (name in banned)
            bad(name "() is banned")
        code = substr(code, RSTART + RLENGTH)
    }
}
