EXTRA_DIST += tests/run-tap tests/secondrun.py tests/system tests/layers.awk \
	tests/test_layers.sh tests/test_symbols.sh \
	tests/test_potfiles.sh tests/test_po.sh
TESTS += tests/test_layers.sh tests/test_symbols.sh tests/test_potfiles.sh tests/test_po.sh
UNIT_LIBS = $(CRIER_LIBS) $(ALL_LIBS)

EXTRA_DIST += tests/unit/patience.h
include tests/unit/base/local.mk
include tests/unit/model/local.mk
include tests/unit/store/local.mk
include tests/unit/net/local.mk
include tests/unit/message/local.mk
include tests/unit/inbound/local.mk
include tests/unit/sink/local.mk
include tests/unit/transfer/local.mk
include tests/unit/app/local.mk
include tests/unit/worker/local.mk
include tests/unit/doctor/local.mk
include tests/fuzz/local.mk
include tests/bench/local.mk
include tests/tui/local.mk
include tests/unit/cmd/local.mk
include tests/unit/tui/local.mk

# Outside of make check: a thousand deaths of the worker over 60,000 people.
soak: crier$(EXEEXT)
	CRIER_BUILDDIR='$(abs_top_builddir)' CRIER_DATADIR='$(abs_top_srcdir)/data' \
		LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -s $(srcdir)/tests/system/soak.py
.PHONY: soak
