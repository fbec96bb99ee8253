/* detect/flood/services.h - services over UDP that answer more than they are asked. */
#pragma once

#include <stdint.h>

struct amplifier {
    uint16_t port, mean_bytes;
    const char *name;
    uint8_t id_bytes; /* at its questions' front, that differ in each */
};

enum { AMPLIFIERS = 24 };

/* The number of the service with this port, or -1. */
int amplifier_of(uint16_t port);
const struct amplifier *amplifier_at(int number);
