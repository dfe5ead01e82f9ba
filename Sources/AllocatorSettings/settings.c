#include "AllocatorSettings.h"

// Memory that is free goes back to the system after a second, also in a process that has nothing more to do, which is
// what the background thread is for. One arena a processor instead of four: what each arena holds back is what a router
// holds after a crowd has gone.
__attribute__((used, visibility("default"))) const char *malloc_conf =
    "background_thread:true,percpu_arena:percpu,dirty_decay_ms:1000,muzzy_decay_ms:0";
