dist_man_MANS = doc/crier.1
EXTRA_DIST += doc/ARCHITECTURE
EXTRA_DIST += doc/SINK
