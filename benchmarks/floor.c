/* The least that asking devices costs: the requests of a poll, sent and received in batches, and every reply looked
 * through once, without making anything of it. A client in any language can only come near.
 *
 *     cc -O2 -o floor floor.c
 *     floor PORT OCTET DEVICES IN_FLIGHT NAME=COLUMNS
 *
 * NAME=COLUMNS are two lists of hexadecimal names with commas: the scalars of the first GET, and the columns of the walk.
 * Devices are asked at 127.OCTET.x.y. Prints {"cpu": SECONDS, "requests": N, "variables": N}.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum { NAMES = 32, NAME = 64, LARGEST = 65536, BATCH = 64 };

typedef struct { uint8_t octets[NAME]; int size; } Name;
typedef struct { int active, walking, columns, batch[NAMES], done[NAMES]; Name cursor[NAMES]; } Device;

static Name scalars[NAMES], prefixes[NAMES];
static int scalar_count, column_count, port, octet, devices, started;
static unsigned long requests, variables;

static int parse(char *text, Name *names) {
    int count = 0;
    for (char *word = strtok(text, ","); word; word = strtok(0, ",")) {
        Name *name = &names[count++];
        for (name->size = 0; word[0] && word[1]; word += 2) {
            unsigned found;
            sscanf(word, "%2x", &found);
            name->octets[name->size++] = found;
        }
    }
    return count;
}

static int head(uint8_t *to, int tag, int size) {
    to[0] = tag;
    if (size < 128) { to[1] = size; return 2; }
    to[1] = 0x82; to[2] = size >> 8; to[3] = size;
    return 4;
}

static int build(Device *device, int slot, uint8_t *to) {
    static uint8_t list[4096], pdu[4096];
    int size = 0, count = 0;
    for (int i = 0; i < (device->walking ? column_count : scalar_count); i++) {
        if (device->walking && device->done[i]) continue;
        Name *name = device->walking ? &device->cursor[i] : &scalars[i];
        device->batch[count++] = i;
        size += head(list + size, 0x30, name->size + 4);
        size += head(list + size, 6, name->size);
        memcpy(list + size, name->octets, name->size);
        size += name->size;
        list[size++] = 5; list[size++] = 0;
    }
    device->columns = count;
    int rows = device->walking ? 100 / count > 25 ? 25 : 100 / count : 0;
    uint8_t numbers[] = {2, 4, 0x40, slot >> 16, slot >> 8, slot, 2, 1, 0, 2, 1, rows};
    int inner = head(pdu, 0x30, size);
    memmove(pdu + inner, list, size);
    inner += size;
    int body = sizeof numbers + inner, at = 0;
    uint8_t whole[8], community[] = {2, 1, 1, 4, 6, 'p', 'u', 'b', 'l', 'i', 'c'};
    int kind = head(whole, device->walking ? 0xA5 : 0xA0, body);
    at = head(to, 0x30, sizeof community + kind + body);
    memcpy(to + at, community, sizeof community); at += sizeof community;
    memcpy(to + at, whole, kind); at += kind;
    memcpy(to + at, numbers, sizeof numbers); at += sizeof numbers;
    memcpy(to + at, pdu, inner);
    return at + inner;
}

static const uint8_t *open_head(const uint8_t *at, int *size) {
    *size = at[1];
    if (*size < 128) return at + 2;
    int octets = *size & 127;
    for (*size = 0, at += 2; octets; octets--) *size = *size << 8 | *at++;
    return at;
}

/* Look through a reply; whether there is more to ask. */
static int look(Device *device, const uint8_t *at, int *slot) {
    int size, left = 0, place = 0;
    at = open_head(at, &size) + 3;   /* message, version */
    at = open_head(at, &size) + size; /* community */
    at = open_head(at, &size);        /* PDU */
    *slot = at[3] << 16 | at[4] << 8 | at[5];
    device += *slot;
    at = open_head(at, &size) + size; /* request-id */
    at = open_head(at, &size) + size;
    at = open_head(at, &size) + size;
    at = open_head(at, &size);
    for (const uint8_t *end = at + size, *next; at < end; at = next, place++) {
        const uint8_t *name = open_head(at, &size);
        next = name + size;
        name = open_head(name, &size);
        variables++;
        if (!device->walking) continue;
        int column = device->batch[place % device->columns];
        if (device->done[column]) continue;
        if (memcmp(name, prefixes[column].octets, prefixes[column].size) || name[size] == 0x82) { device->done[column] = 1; continue; }
        memcpy(device->cursor[column].octets, name, size);
        device->cursor[column].size = size;
    }
    if (!device->walking) {
        device->walking = 1;
        memcpy(device->cursor, prefixes, sizeof prefixes);
        return 1;
    }
    for (int i = 0; i < column_count; i++) left += !device->done[i];
    return left;
}

int main(int count, char **words) {
    if (count != 6 || !strchr(words[5], '=')) { fprintf(stderr, "usage: floor PORT OCTET DEVICES IN_FLIGHT NAMES=COLUMNS\n"); return 2; }
    port = atoi(words[1]); octet = atoi(words[2]); devices = atoi(words[3]);
    int slots = atoi(words[4]), room = 8 << 20, active = 0;
    char *columns = strchr(words[5], '=');
    *columns++ = 0;
    scalar_count = parse(words[5], scalars);
    column_count = parse(columns, prefixes);
    Device *all = calloc(devices, sizeof *all);
    int sock = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    static uint8_t in[BATCH][LARGEST], out[BATCH][4096];
    static struct mmsghdr receiving[BATCH], sending[BATCH];
    static struct iovec to_read[BATCH], to_send[BATCH];
    static struct sockaddr_in to[BATCH];
    int ready[BATCH], ready_count = 0;
    for (;;) {
        while (ready_count < BATCH && active < slots && started < devices) { ready[ready_count++] = started++; active++; }
        for (int i = 0; i < ready_count; i++) {
            int device = ready[i];
            to[i] = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port),
                                         .sin_addr.s_addr = htonl(127u << 24 | octet << 16 | (device / 250) << 8 | (device % 250 + 1))};
            to_send[i] = (struct iovec){out[i], build(&all[device], device, out[i])};
            sending[i].msg_hdr = (struct msghdr){.msg_name = &to[i], .msg_namelen = sizeof to[i], .msg_iov = &to_send[i], .msg_iovlen = 1};
        }
        for (int sent = 0; sent < ready_count;) {
            int now = sendmmsg(sock, sending + sent, ready_count - sent, 0);
            if (now > 0) sent += now; else poll(0, 0, 1);
        }
        requests += ready_count;
        ready_count = 0;
        if (!active) break;
        struct pollfd event = {sock, POLLIN, 0};
        if (poll(&event, 1, 5000) <= 0) { fprintf(stderr, "an answer was lost\n"); return 1; }
        for (int i = 0; i < BATCH; i++) {
            to_read[i] = (struct iovec){in[i], LARGEST};
            receiving[i].msg_hdr = (struct msghdr){.msg_iov = &to_read[i], .msg_iovlen = 1};
        }
        int received = recvmmsg(sock, receiving, BATCH / 2, MSG_DONTWAIT, 0);
        for (int i = 0; i < received; i++) {
            int device;
            if (look(all, in[i], &device)) ready[ready_count++] = device;
            else active--;
        }
    }
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    printf("{\"cpu\": %.6f, \"requests\": %lu, \"variables\": %lu}\n",
           used.ru_utime.tv_sec + used.ru_stime.tv_sec + 1e-6 * (used.ru_utime.tv_usec + used.ru_stime.tv_usec), requests, variables);
    return 0;
}
