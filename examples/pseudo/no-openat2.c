/* Hides the system call openat2 from a program, for a pseudo that does not know it: see docs/images.md.
 *
 * The program then opens files as on a kernel before Linux 5.6, by openat, which every pseudo follows. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>

#define OPENAT2 437 /* the same on every architecture */

long syscall(long number, ...)
{
    static long (*next)(long, ...);
    long argument[6];
    va_list arguments;

    if (number == OPENAT2) {
        errno = ENOSYS;
        return -1;
    }
    if (!next)
        next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    va_start(arguments, number);
    for (int i = 0; i < 6; i++)
        argument[i] = va_arg(arguments, long);
    va_end(arguments);
    return next(number, argument[0], argument[1], argument[2], argument[3], argument[4], argument[5]);
}
