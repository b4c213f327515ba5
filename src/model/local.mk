noinst_LIBRARIES += src/model/libmodel.a
CRIER_LIBS += src/model/libmodel.a
src_model_libmodel_a_CFLAGS = $(AM_CFLAGS)
src_model_libmodel_a_SOURCES =
src_model_libmodel_a_SOURCES += src/model/reply.c src/model/reply.h
