noinst_LIBRARIES += src/cmd/libcmd.a
CRIER_LIBS += src/cmd/libcmd.a
src_cmd_libcmd_a_CFLAGS = $(AM_CFLAGS)
src_cmd_libcmd_a_SOURCES =
