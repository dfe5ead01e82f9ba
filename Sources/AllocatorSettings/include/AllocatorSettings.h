#ifndef ALLOCATOR_SETTINGS_H
#define ALLOCATOR_SETTINGS_H

/// What jemalloc reads when the process starts (jemalloc(3), TUNING). The environment's MALLOC_CONF is read after it.
extern const char *malloc_conf;

#endif
