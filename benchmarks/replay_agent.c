/* An SNMP agent far faster than any client, for benchmarks: answers v1 and v2c for every address of 127.0.0.0/8.
 *
 *     cc -O2 -o replay_agent replay_agent.c
 *     replay_agent PORT [-d MILLISECONDS] [-l LOSS_PER_CENT] [-s LARGEST_RESPONSE] OCTET=FILE.snmprec ...
 *
 * OCTET is the second octet of the address that a device is asked at: 127.OCTET.x.y answers as FILE does. Datagrams to
 * other addresses are dropped. Every community is right. -d answers so much later, -l drops so many requests, -s is the
 * largest response in octets (1472, what an Ethernet frame carries). SIGUSR1 prints what was asked since the last one:
 * {"requests": N, "variables": N}. SIGTERM ends it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { ARCS = 128, LARGEST = 65536, BATCH = 64, COLUMNS = 128 };
enum { GET = 0xA0, NEXT = 0xA1, RESPONSE = 0xA2, BULK = 0xA5 };
enum { TOO_BIG = 1, NO_SUCH_NAME = 2 };

/* ------------------------------------------------------------------------------------------------------------ writing */

typedef struct { uint8_t *at, *end; } Out;

static void put(Out *out, const void *octets, size_t size) {
    if (out->at + size > out->end) abort();
    memcpy(out->at, octets, size);
    out->at += size;
}

static void put_head(Out *out, int tag, size_t size) {
    uint8_t head[4] = {tag, size};
    size_t octets = 2;
    if (size > 255) { head[1] = 0x82; head[2] = size >> 8; head[3] = size; octets = 4; }
    else if (size > 127) { head[1] = 0x81; head[2] = size; octets = 3; }
    put(out, head, octets);
}

static size_t head_size(size_t size) { return size < 128 ? 2 : size < 256 ? 3 : 4; }

static void put_number(Out *out, int tag, int64_t number, int is_unsigned) {
    uint8_t octets[9] = {is_unsigned || number >= 0 ? 0 : 0xFF};
    for (int i = 0; i < 8; i++) octets[1 + i] = (uint64_t)number >> (56 - 8 * i);
    int from = 0; /* leave out what only repeats the sign */
    while (from < 8 && ((octets[from] == 0 && octets[from + 1] < 128) || (octets[from] == 0xFF && octets[from + 1] > 127)))
        from++;
    put_head(out, tag, 9 - from);
    put(out, octets + from, 9 - from);
}

static size_t name_octets(uint8_t *to, const uint32_t *arcs, int count) {
    uint8_t *at = to;
    for (int i = 1; i < count; i++) {
        uint32_t arc = i == 1 ? arcs[0] * 40 + arcs[1] : arcs[i];
        int shift = arc >> 28 ? 28 : arc >> 21 ? 21 : arc >> 14 ? 14 : arc >> 7 ? 7 : 0;
        for (; shift; shift -= 7) *at++ = 0x80 | ((arc >> shift) & 127);
        *at++ = arc & 127;
    }
    return at - to;
}

/* ----------------------------------------------------------------------------------------------------------- captures */

typedef struct { uint32_t *arcs; int count; uint8_t *binding; int size; int name_at; int name_size; } Object;
typedef struct { Object *objects; int count; } Capture;

static Capture captures[256];

static int order(const uint32_t *a, int na, const uint32_t *b, int nb) {
    for (int i = 0; i < na && i < nb; i++)
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    return na - nb;
}

static int by_name(const void *a, const void *b) {
    const Object *one = a, *other = b;
    return order(one->arcs, one->count, other->arcs, other->count);
}

static int parse_name(const char *text, uint32_t *arcs) {
    int count = 0;
    if (*text == '.') text++;
    while (count < ARCS) {
        char *end;
        arcs[count++] = strtoul(text, &end, 10);
        if (end == text) return 0;
        if (!*end) return count;
        text = end + 1;
    }
    return 0;
}

/* A name and a value, as they stand in a response: SEQUENCE { name, value }. */
static int bound(uint8_t *to, const uint32_t *arcs, int count, const uint8_t *value, int value_size, int *name_size) {
    uint8_t name[ARCS * 5];
    size_t size = name_octets(name, arcs, count);
    *name_size = head_size(size) + size;
    Out out = {to, to + LARGEST};
    put_head(&out, 0x30, *name_size + value_size);
    put_head(&out, 6, size);
    put(&out, name, size);
    put(&out, value, value_size);
    return out.at - to;
}

/* The value of a line of a capture; 0 octets for what cannot be one. */
static int parse_value(uint8_t *to, const char *tag, char *text, size_t size) {
    static uint8_t raw[LARGEST];
    uint32_t arcs[ARCS];
    int type = atoi(tag), count;
    if (strchr(tag, ':') || size > 60000) return 0;
    if (strchr(tag, 'x')) {
        size_t octets = 0;
        for (size_t i = 0; i + 1 < size; i += 2) {
            unsigned octet;
            if (sscanf(text + i, "%2x", &octet) != 1) return 0;
            raw[octets++] = octet;
        }
        size = octets;
    } else {
        memcpy(raw, text, size);
    }
    Out out = {to, to + LARGEST};
    switch (type) {
    case 2: put_number(&out, 2, strtoll(text, 0, 10), 0); break;
    case 65: case 66: case 67: case 70: put_number(&out, type, strtoull(text, 0, 10), 1); break;
    case 4: case 68: put_head(&out, type, size); put(&out, raw, size); break;
    case 5: put_head(&out, 5, 0); break;
    case 64: {
        uint8_t address[4] = {0};
        if (size == 4 && strchr(tag, 'x')) memcpy(address, raw, 4);
        else inet_pton(AF_INET, text, address);
        put_head(&out, 64, 4);
        put(&out, address, 4);
        break;
    }
    case 6: {
        uint8_t name[ARCS * 5];
        if ((count = parse_name(text, arcs)) < 2) return 0;
        size_t octets = name_octets(name, arcs, count);
        put_head(&out, 6, octets);
        put(&out, name, octets);
        break;
    }
    default: return 0;
    }
    return out.at - to;
}

static Capture load(const char *path) {
    static uint8_t value[LARGEST * 2], binding[LARGEST * 2];
    FILE *file = fopen(path, "rb");
    if (!file) { perror(path); exit(1); }
    Capture capture = {0};
    char *line = 0;
    size_t room = 0;
    ssize_t size;
    while ((size = getline(&line, &room, file)) > 0) {
        while (size && (line[size - 1] == '\n' || line[size - 1] == '\r')) line[--size] = 0;
        char *tag = strchr(line, '|'), *text = tag ? strchr(tag + 1, '|') : 0;
        if (!text) continue;
        *tag++ = 0;
        *text++ = 0;
        uint32_t arcs[ARCS];
        int count = parse_name(line, arcs);
        int octets = count < 2 ? 0 : parse_value(value, tag, text, size - (text - line));
        if (!octets) continue;
        if (capture.count % 1024 == 0)
            capture.objects = realloc(capture.objects, (capture.count + 1024) * sizeof(Object));
        Object *object = &capture.objects[capture.count++];
        object->arcs = memcpy(malloc(count * sizeof *arcs), arcs, count * sizeof *arcs);
        object->count = count;
        object->size = bound(binding, arcs, count, value, octets, &object->name_size);
        object->name_at = object->size - object->name_size - octets;
        object->binding = memcpy(malloc(object->size), binding, object->size);
    }
    fclose(file);
    free(line);
    qsort(capture.objects, capture.count, sizeof(Object), by_name);
    return capture;
}

/* The place of the first object behind a name, or at it. */
static int behind(const Capture *capture, const uint32_t *arcs, int count, int at_it) {
    int low = 0, high = capture->count;
    while (low < high) {
        int middle = (low + high) / 2;
        int found = order(capture->objects[middle].arcs, capture->objects[middle].count, arcs, count);
        if (found < 0 || (found == 0 && !at_it)) low = middle + 1;
        else high = middle;
    }
    return low;
}

/* ------------------------------------------------------------------------------------------------------------ reading */

typedef struct { const uint8_t *at, *end; } In;

static int take(In *in, In *body) {
    if (in->end - in->at < 2) return -1;
    int tag = *in->at++;
    size_t size = *in->at++;
    if (size > 127) {
        int octets = size & 127;
        if (octets > 3 || in->end - in->at < octets) return -1;
        for (size = 0; octets; octets--) size = size << 8 | *in->at++;
    }
    if ((size_t)(in->end - in->at) < size) return -1;
    body->at = in->at;
    in->at = body->end = in->at + size;
    return tag;
}

static long number(In *in) {
    In body;
    long found = 0;
    if (take(in, &body) != 2) return -1;
    while (body.at < body.end) found = found << 8 | *body.at++;
    return found;
}

typedef struct { uint32_t arcs[ARCS]; int count; const uint8_t *name; int name_size; } Asked;

static int parse_asked(In *in, Asked *asked) {
    In binding, name;
    if (take(in, &binding) != 0x30) return 0;
    asked->name = binding.at;
    if (take(&binding, &name) != 6) return 0;
    asked->name_size = binding.at - asked->name;
    uint32_t arc = 0;
    for (asked->count = 0; name.at < name.end && asked->count < ARCS - 1; name.at++) {
        arc = arc << 7 | (*name.at & 127);
        if (*name.at > 127) continue;
        if (asked->count) {
            asked->arcs[asked->count++] = arc;
        } else {
            asked->arcs[0] = arc < 80 ? arc / 40 : 2;
            asked->arcs[1] = arc - asked->arcs[0] * 40;
            asked->count = 2;
        }
        arc = 0;
    }
    return 1;
}

/* ---------------------------------------------------------------------------------------------------------- answering */

static int largest = 1472;
static unsigned long requests, variables;

static int put_absent(Out *out, const uint8_t *name, int size, int exception, int room) {
    if ((int)head_size(size + 2) + size + 2 > room) return 0;
    put_head(out, 0x30, size + 2);
    put(out, name, size);
    put_head(out, exception, 0);
    return 1;
}

/* The variable bindings of an answer; 0 when they do not fit (GET, GETNEXT), else 1. */
static int bindings(const Capture *capture, int version, int kind, Asked *asked, int count, int repetitions, int room,
                    Out *out, int *status, int *place) {
    static int next[COLUMNS];
    const uint8_t *from = out->at;
    for (int row = 0; row < (kind == BULK ? repetitions : 1); row++) {
        int ended = 0;
        for (int i = 0; i < count; i++) {
            if (!row) next[i] = behind(capture, asked[i].arcs, asked[i].count, kind == GET);
            int here = next[i]++, left = room - (out->at - from);
            int there = here < capture->count
                && (kind != GET || !order(capture->objects[here].arcs, capture->objects[here].count, asked[i].arcs, asked[i].count));
            if (there) {
                const Object *object = &capture->objects[here];
                if (object->size > left) return kind == BULK;
                put(out, object->binding, object->size);
            } else {
                const uint8_t *name = asked[i].name;
                int size = asked[i].name_size;
                if (row) { /* the end of the MIB bears the name before it */
                    const Object *final = &capture->objects[capture->count - 1];
                    size = final->name_size;
                    name = final->binding + final->name_at;
                }
                if (version == 0 && !*status) { *status = NO_SUCH_NAME; *place = i + 1; }
                if (!put_absent(out, name, size, version == 0 ? 5 : kind == GET ? 0x81 : 0x82, left)) return kind == BULK;
                ended++;
            }
            variables++;
        }
        if (ended == count) break;
    }
    return 1;
}

/* The answer to a request; 0 octets for what gets none. */
static int answer(const Capture *capture, const uint8_t *data, int size, uint8_t *to) {
    static Asked asked[COLUMNS];
    static uint8_t body[LARGEST];
    In in = {data, data + size}, message, part, pdu, list;
    if (take(&in, &message) != 0x30) return 0;
    const uint8_t *header = message.at;
    long version = number(&message);
    if (version < 0 || version > 1 || take(&message, &part) != 4) return 0;
    int header_size = message.at - header;
    int kind = take(&message, &pdu);
    if (kind != GET && kind != NEXT && !(kind == BULK && version)) return 0;
    const uint8_t *identity = pdu.at;
    number(&pdu);
    int identity_size = pdu.at - identity, count = 0, status = 0, place = 0;
    number(&pdu);
    long repetitions = number(&pdu);
    if (take(&pdu, &list) != 0x30) return 0;
    while (list.at < list.end && count < COLUMNS)
        if (!parse_asked(&list, &asked[count++])) return 0;
    requests++;
    Out out = {body, body + sizeof body};
    int room = largest - header_size - identity_size - 24;
    if (!bindings(capture, version, kind, asked, count, repetitions, room, &out, &status, &place)) {
        out.at = body;
        status = TOO_BIG;
    }
    int octets = out.at - body;
    int inner = identity_size + 6 + head_size(octets) + octets;
    Out whole = {to, to + LARGEST};
    put_head(&whole, 0x30, header_size + head_size(inner) + inner);
    put(&whole, header, header_size);
    put_head(&whole, RESPONSE, inner);
    put(&whole, identity, identity_size);
    put_number(&whole, 2, status, 0);
    put_number(&whole, 2, place, 0);
    put_head(&whole, 0x30, octets);
    put(&whole, body, octets);
    return whole.at - to;
}

/* ------------------------------------------------------------------------------------------------------------ sockets */

typedef struct Late { struct Late *next; double due; struct sockaddr_in to; struct in_addr from; int size; uint8_t data[]; } Late;

static Late *first, *last;
static volatile sig_atomic_t told, ended;
static void on_signal(int signal) { if (signal == SIGUSR1) told = 1; else ended = 1; }

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static void reply(int sock, const uint8_t *data, int size, struct sockaddr_in *to, struct in_addr from) {
    char control[CMSG_SPACE(sizeof(struct in_pktinfo))] = {0};
    struct iovec vector = {(void *)data, size};
    struct msghdr message = {.msg_name = to, .msg_namelen = sizeof *to, .msg_iov = &vector, .msg_iovlen = 1,
                             .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = IPPROTO_IP;
    header->cmsg_type = IP_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
    ((struct in_pktinfo *)CMSG_DATA(header))->ipi_spec_dst = from;
    for (int tries = 0; tries < 50 && sendmsg(sock, &message, 0) < 0 && (errno == EAGAIN || errno == ENOBUFS); tries++)
        poll(0, 0, 1);
}

static struct in_addr destination(struct msghdr *message) {
    struct in_addr found = {0};
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header; header = CMSG_NXTHDR(message, header))
        if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO)
            found = ((struct in_pktinfo *)CMSG_DATA(header))->ipi_addr;
    return found;
}

static void serve(int sock, double delay, double loss) {
    static uint8_t in[BATCH][4096], out[LARGEST];
    static char control[BATCH][128];
    static struct mmsghdr messages[BATCH];
    static struct iovec vectors[BATCH];
    static struct sockaddr_in from[BATCH];
    for (int i = 0; i < BATCH; i++) {
        vectors[i] = (struct iovec){in[i], sizeof in[i]};
        messages[i].msg_hdr = (struct msghdr){.msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &vectors[i],
                                              .msg_iovlen = 1, .msg_control = control[i], .msg_controllen = 128};
    }
    int count = recvmmsg(sock, messages, BATCH, MSG_DONTWAIT, 0);
    double at = now();
    for (int i = 0; i < count; i++) {
        struct in_addr to = destination(&messages[i].msg_hdr);
        uint32_t address = ntohl(to.s_addr);
        const Capture *capture = &captures[address >> 16 & 255];
        messages[i].msg_hdr.msg_controllen = 128;
        if (address >> 24 != 127 || !capture->count || drand48() < loss) continue;
        int size = answer(capture, in[i], messages[i].msg_len, out);
        if (size && delay > 0) {
            Late *late = malloc(sizeof *late + size);
            *late = (Late){0, at + delay, from[i], to, size};
            memcpy(late->data, out, size);
            if (first) last->next = late; else first = late;
            last = late;
        } else if (size) {
            reply(sock, out, size, &from[i], to);
        }
    }
}

int main(int count, char **words) {
    double delay = 0, loss = 0;
    int one = 1, room = 64 << 20;
    if (count < 3) { fprintf(stderr, "usage: replay_agent PORT [-d MS] [-l PER_CENT] [-s OCTETS] OCTET=FILE ...\n"); return 2; }
    for (int i = 2; i < count; i++) {
        if (!strcmp(words[i], "-d") && i + 1 < count) delay = atof(words[++i]) / 1000;
        else if (!strcmp(words[i], "-l") && i + 1 < count) loss = atof(words[++i]) / 100;
        else if (!strcmp(words[i], "-s") && i + 1 < count) largest = atoi(words[++i]);
        else if (strchr(words[i], '=')) captures[atoi(words[i]) & 255] = load(strchr(words[i], '=') + 1);
        else { fprintf(stderr, "what is %s?\n", words[i]); return 2; }
    }
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    signal(SIGUSR1, on_signal);
    int sock = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    setsockopt(sock, IPPROTO_IP, IP_PKTINFO, &one, sizeof one);
    if (setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room)) setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (setsockopt(sock, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room)) setsockopt(sock, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(words[1]))};
    if (bind(sock, (void *)&address, sizeof address)) { perror("bind"); return 1; }
    printf("ready\n");
    fflush(stdout);
    while (!ended) {
        struct pollfd event = {sock, POLLIN, 0};
        double wait = first ? first->due - now() : 1;
        struct timespec patience = {wait > 0 ? wait : 0, wait > 0 ? (wait - (long)wait) * 1e9 : 0};
        int ready = ppoll(&event, 1, &patience, 0);
        if (told) {
            told = 0;
            printf("{\"requests\": %lu, \"variables\": %lu}\n", requests, variables);
            fflush(stdout);
            requests = variables = 0;
        }
        for (double at = now(); first && first->due <= at;) {
            Late *late = first;
            reply(sock, late->data, late->size, &late->to, late->from);
            first = late->next;
            free(late);
        }
        if (ready > 0) serve(sock, delay, loss);
    }
    return 0;
}
