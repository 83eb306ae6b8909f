// A function marked DISPATCHED is compiled for several instruction sets; the loader picks one.
#ifndef SURETY_DISPATCH_H
#define SURETY_DISPATCH_H

#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__) && defined(__linux__)
#define DISPATCHED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define DISPATCHED
#endif

#endif
