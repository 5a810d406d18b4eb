// Let libvirtd be one of several daemons: what a driver that is not loaded here is asked for, the daemon of that driver is.
// libvirtd tells the library that it is monolithic; virtqemud and its like, of the same source, tell it that they are not.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>

typedef int initialize(bool privileged, bool mandatory, const char *root, bool monolithic, void *inhibit, void *opaque);

int virStateInitialize(bool privileged, bool mandatory, const char *root, bool monolithic, void *inhibit, void *opaque)
{
    (void)monolithic;
    initialize *theirs = (initialize *)dlsym(RTLD_NEXT, "virStateInitialize");
    return theirs(privileged, mandatory, root, false, inhibit, opaque);
}
