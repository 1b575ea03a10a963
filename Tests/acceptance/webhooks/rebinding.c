// A resolver for one name, whose first look-up finds a public address, and every later one this machine: loaded before the
// system's. Each look-up is a line in the file REBINDING_LOG.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    static atomic_int count;
    int (*next)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = dlsym(RTLD_NEXT, "getaddrinfo");
    if (name == NULL || strcmp(name, "rebinding.test") != 0) return next(name, service, hints, found);
    const char *address = atomic_fetch_add(&count, 1) == 0 ? "11.0.0.1" : "127.0.0.1";
    FILE *log = fopen(getenv("REBINDING_LOG"), "a");
    if (log == NULL) return EAI_FAIL;
    fprintf(log, "%s\n", address);
    fclose(log);
    return next(address, service, hints, found);
}
