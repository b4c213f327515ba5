# Measurements, never part of a test run: make bench-programs, then start them by hand.
EXTRA_PROGRAMS = tests/bench/bench_compose
tests_bench_bench_compose_SOURCES = tests/bench/bench_compose.c
tests_bench_bench_compose_LDADD = $(UNIT_LIBS)

CLEANFILES += $(EXTRA_PROGRAMS)

bench-programs: $(EXTRA_PROGRAMS)
.PHONY: bench-programs
