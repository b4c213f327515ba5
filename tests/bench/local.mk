# Measurements, never part of a test run: make bench, or make bench BENCH_QUICK=1. The other
# settings (bench.py --help) are given the same way: make puts its variables into the environment.
EXTRA_PROGRAMS = tests/bench/bench_compose tests/bench/bench_dkim tests/bench/bench_live \
	tests/bench/bench_writer
tests_bench_bench_compose_SOURCES = tests/bench/bench_compose.c
tests_bench_bench_compose_LDADD = $(UNIT_LIBS)
tests_bench_bench_dkim_SOURCES = tests/bench/bench_dkim.c
tests_bench_bench_dkim_LDADD = $(UNIT_LIBS)
tests_bench_bench_live_SOURCES = tests/bench/bench_live.c
tests_bench_bench_live_LDADD = $(UNIT_LIBS)
tests_bench_bench_writer_SOURCES = tests/bench/bench_writer.c
tests_bench_bench_writer_LDADD = $(UNIT_LIBS)

CLEANFILES += $(EXTRA_PROGRAMS)

EXTRA_DIST += tests/bench/bench.py tests/bench/figures.py tests/bench/measure.py \
	tests/bench/receivers.py tests/bench/terminal.py tests/bench/letter

bench_python = /usr/bin/python3

bench-programs: $(EXTRA_PROGRAMS)
bench: crier$(EXEEXT) bench-programs
	@CRIER_BUILDDIR='$(abs_top_builddir)' $(bench_python) $(srcdir)/tests/bench/bench.py
.PHONY: bench bench-programs
