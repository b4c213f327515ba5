# Measurements, never part of a test run: make bench, or make bench BENCH_QUICK=1. The other
# settings (bench.py --help) are given the same way: make puts its variables into the environment.
EXTRA_PROGRAMS = tests/bench/bench_compose tests/bench/bench_dkim tests/bench/bench_live \
	tests/bench/bench_writer tests/bench/delay_proxy
tests_bench_bench_compose_SOURCES = tests/bench/bench_compose.c
tests_bench_bench_compose_LDADD = $(UNIT_LIBS)
tests_bench_bench_dkim_SOURCES = tests/bench/bench_dkim.c
tests_bench_bench_dkim_LDADD = $(UNIT_LIBS)
tests_bench_bench_live_SOURCES = tests/bench/bench_live.c
tests_bench_bench_live_LDADD = $(UNIT_LIBS)
tests_bench_bench_writer_SOURCES = tests/bench/bench_writer.c
tests_bench_bench_writer_LDADD = $(UNIT_LIBS)
tests_bench_delay_proxy_SOURCES = tests/bench/delay_proxy.c
tests_bench_delay_proxy_LDADD = $(UNIT_LIBS)

# Preloaded, so it is a shared object, and one that needs nothing of crier's.
tests/bench/slow_fsync.so: tests/bench/slow_fsync.c tests/bench/$(am__dirstamp)
	$(AM_V_CC)$(CC) -std=gnu11 -O2 -fPIC -shared -o $@ $(srcdir)/tests/bench/slow_fsync.c -ldl

CLEANFILES += $(EXTRA_PROGRAMS) tests/bench/slow_fsync.so

EXTRA_DIST += tests/bench/bench.py tests/bench/beside.py tests/bench/bounces.py \
	tests/bench/crowd.py tests/bench/diagnosing.py tests/bench/far.py tests/bench/sisimai.pl \
	tests/bench/figures.py tests/bench/listening.py tests/bench/measure.py tests/bench/node.py tests/bench/place.py \
	tests/bench/races.py tests/bench/takers.py tests/bench/terminal.py \
	tests/bench/slow_fsync.c tests/bench/letter tests/bench/node

# What npm fetched for the part beside nodemailer.
clean-local:
	rm -rf tests/bench/nodemailer

bench_python = /usr/bin/python3

bench-programs: $(EXTRA_PROGRAMS) tests/bench/slow_fsync.so
bench: crier$(EXEEXT) bench-programs
	@CRIER_BUILDDIR='$(abs_top_builddir)' CRIER_DATADIR='$(abs_top_srcdir)/data' \
		$(bench_python) $(srcdir)/tests/bench/bench.py
.PHONY: bench bench-programs clean-local
