bin_PROGRAMS += crier
crier_SOURCES = src/main.c
crier_LDADD = $(CRIER_LIBS) $(ALL_LIBS)
