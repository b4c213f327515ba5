/*
 * A fuzz target is one program: its LLVMFuzzerTestOneInput() takes any octets and must neither
 * crash, hang nor break a promise that it asserts. replay.c runs the corpus under `make check`;
 * without it the same file links with clang's -fsanitize=fuzzer and searches on its own:
 *
 *     clang -fsanitize=fuzzer,address … tests/fuzz/fuzz_template.c LIBRARIES
 *     ./a.out tests/fuzz/corpus/template
 */
#ifndef CRIER_TESTS_FUZZ_FUZZ_H
#define CRIER_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
