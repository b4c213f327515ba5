/*
 * The entry of crier: locale, then the command line. Everything else lives below.
 */
#include "config.h"

#include <stdio.h>

int main(void)
{
    puts(PACKAGE_STRING);
    return 0;
}
