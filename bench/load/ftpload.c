/*
 * A load generator for FTP and a fake FTP server, light enough not to be what a benchmark measures:
 * one thread, epoll, file content by sendfile from memory, received bytes discarded in the kernel.
 *
 *   ftpload serve    ADDRESS PORT PASV-ADDRESS FIRST-PORT LAST-PORT
 *   ftpload sessions ADDRESS PORT USER PARALLEL SECONDS BYTES [SOURCE,...]
 *   ftpload noop     ADDRESS PORT USER COUNT
 *   ftpload stream   ADDRESS PORT USER PARALLEL BYTES retr|stor
 *   ftpload idle     ADDRESS PORT USER COUNT [SOURCE,...]   (stays until standard input ends)
 *
 * Generators print one line of JSON. IPv4 and PASV: that is what every peer speaks.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024
#define CONTENT_BYTES (4L << 20)
#define EVENTS 256
/* Whatever has not come by then will not come. */
#define NOOP_SECONDS 45
#define STREAM_SECONDS 45
#define IDLE_SECONDS 120

enum kind { LISTENER, CONTROL, DATA_LISTENER, DATA, INPUT };
enum step { GREETING, USER, PASS, PASV, TRANSFER, QUIT, NOOP, RESTING };

struct session;
struct handle {
  enum kind kind;
  int fd;
  struct session *session;
};

struct session {
  struct handle control, data;
  enum step step;
  char line[LINE_MAX_BYTES];
  size_t length;
  /* What is still to be sent, of the side that sends; -1: whatever comes. */
  long left;
  /* What came, of the side that receives. */
  long got;
  int is_sending, is_data_done, is_replied;
  long number;
  double began;
  struct session *next_dead;
};

static int poller, content, role_is_server;
static struct sockaddr_in target;
static uint32_t pasv_address;
static int first_port, last_port, next_port;
static const char *user = "bench";

/* Of a generator. */
static enum step goal;
static int is_storing, parallel;
static long bytes_each, wanted, started, finished, failed, moved;
static double *samples;
static struct in_addr sources[256];
static int source_count;
/* Ended in this turn, in which more events may name them. */
static struct session *dead;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void watch(struct handle *handle, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = handle};
  if (epoll_ctl(poller, EPOLL_CTL_MOD, handle->fd, &event) < 0 &&
      epoll_ctl(poller, EPOLL_CTL_ADD, handle->fd, &event) < 0)
    die("epoll_ctl");
}

static void quiet(struct handle *handle) {
  if (handle->fd >= 0) close(handle->fd);
  handle->fd = -1;
}

static void bury(struct session *session) {
  quiet(&session->control);
  quiet(&session->data);
  session->next_dead = dead;
  dead = session;
}

static int stream_socket(void) {
  int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

static void say(struct session *session, const char *format, ...) {
  char text[256];
  va_list words;
  va_start(words, format);
  int length = vsnprintf(text, sizeof text, format, words);
  va_end(words);
  /* Lines are short and answered before the next: they always fit into the send buffer. */
  if (send(session->control.fd, text, length, MSG_NOSIGNAL) != length) shutdown(session->control.fd, SHUT_RDWR);
}

/* ---- data connections, of both sides ---- */

static void data_done(struct session *session);

static void send_some(struct session *session) {
  while (session->left > 0) {
    off_t from = 0;
    size_t part = session->left < CONTENT_BYTES ? session->left : CONTENT_BYTES;
    ssize_t sent = sendfile(session->data.fd, content, &from, part);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (sent <= 0) break;
    session->left -= sent;
  }
  data_done(session);
}

static void take_some(struct session *session) {
  for (;;) {
    /* TCP discards with MSG_TRUNC: nothing is copied. */
    ssize_t got = recv(session->data.fd, NULL, 1L << 20, MSG_TRUNC);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) break;
    moved += got;
    session->got += got;
  }
  data_done(session);
}

static void data_ready(struct session *session) {
  if (session->is_sending) send_some(session);
  else take_some(session);
}

/* ---- server ---- */

static void accept_all(int fd) {
  for (;;) {
    int one = 1, peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (peer < 0) return;
    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct session *session = calloc(1, sizeof *session);
    session->control = (struct handle){CONTROL, peer, session};
    session->data = (struct handle){DATA, -1, session};
    watch(&session->control, EPOLLIN);
    say(session, "220 ready\r\n");
  }
}

static void open_passive(struct session *session) {
  quiet(&session->data);
  int one = 1, fd = stream_socket();
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  /* Where the client came to: other hosts of the bench may use the same ports on loopback. */
  struct sockaddr_in at;
  socklen_t size = sizeof at;
  if (getsockname(session->control.fd, (struct sockaddr *)&at, &size) < 0) die("getsockname");
  for (int tries = 0; tries <= last_port - first_port; tries++) {
    int port = next_port;
    next_port = next_port == last_port ? first_port : next_port + 1;
    at.sin_port = htons(port);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 1) < 0) continue;
    session->data = (struct handle){DATA_LISTENER, fd, session};
    watch(&session->data, EPOLLIN);
    unsigned char *a = (unsigned char *)&pasv_address;
    say(session, "227 Entering Passive Mode (%d,%d,%d,%d,%d,%d)\r\n", a[0], a[1], a[2], a[3], port >> 8, port & 255);
    return;
  }
  close(fd);
  say(session, "425 no port\r\n");
}

static void begin_transfer(struct session *session) {
  if (session->data.kind == DATA && session->data.fd >= 0 && session->step == TRANSFER)
    watch(&session->data, session->is_sending ? EPOLLOUT : EPOLLIN);
}

static void accept_data(struct session *session) {
  int fd = accept4(session->data.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  quiet(&session->data);
  session->data = (struct handle){DATA, fd, session};
  begin_transfer(session);
}

static void serve_line(struct session *session, char *line) {
  if (!strncasecmp(line, "USER", 4)) say(session, "331 password\r\n");
  else if (!strncasecmp(line, "PASS", 4)) say(session, "230 in\r\n");
  else if (!strncasecmp(line, "PASV", 4)) open_passive(session);
  else if (!strncasecmp(line, "RETR", 4) || !strncasecmp(line, "STOR", 4)) {
    session->is_sending = (line[0] | 32) == 'r';
    /* The name is the size, in whatever folder. */
    char *name = strrchr(line, '/');
    session->left = atol(name ? name + 1 : line + 5);
    session->step = TRANSFER;
    say(session, "150 go\r\n");
    begin_transfer(session);
  } else if (!strncasecmp(line, "QUIT", 4)) {
    say(session, "221 bye\r\n");
    shutdown(session->control.fd, SHUT_WR);
  } else if (!strncasecmp(line, "SYST", 4)) say(session, "215 UNIX Type: L8\r\n");
  else if (!strncasecmp(line, "PWD", 3)) say(session, "257 \"/\"\r\n");
  else if (!strncasecmp(line, "FEAT", 4)) say(session, "211 none\r\n");
  else if (!strncasecmp(line, "SIZE", 4)) say(session, "550 not known\r\n");
  else if (!strncasecmp(line, "MDTM", 4)) say(session, "550 not known\r\n");
  else if (!strncasecmp(line, "EPSV", 4) || !strncasecmp(line, "AUTH", 4)) say(session, "502 no\r\n");
  else say(session, "200 ok\r\n");
}

/* ---- generator ---- */

static struct session *begin_session(void);

static void end_session(struct session *session, int is_good) {
  if (is_good) {
    if (samples && goal == QUIT) samples[finished % 1000000] = now() - session->began;
    finished += 1;
  } else failed += 1;
  bury(session);
  if (goal == QUIT) begin_session();
}

static void connect_to(struct handle *handle, struct sockaddr_in *to, struct in_addr *from) {
  handle->fd = stream_socket();
  if (from) {
    int one = 1;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = *from};
    setsockopt(handle->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (bind(handle->fd, (struct sockaddr *)&at, sizeof at) < 0) die("bind");
  }
  if (connect(handle->fd, (struct sockaddr *)to, sizeof *to) < 0 && errno != EINPROGRESS) {
    fprintf(stderr, "connect: %s\n", strerror(errno));
    failed += 1;
  }
}

static struct in_addr *source_of(struct session *session) {
  return source_count ? &sources[session->number % source_count] : NULL;
}

static struct session *begin_session(void) {
  struct session *session = calloc(1, sizeof *session);
  session->number = started++;
  session->began = now();
  session->step = GREETING;
  session->control = (struct handle){CONTROL, -1, session};
  session->data = (struct handle){DATA, -1, session};
  connect_to(&session->control, &target, source_of(session));
  watch(&session->control, EPOLLIN);
  return session;
}

static void open_data(struct session *session, const char *reply) {
  int n[6];
  const char *open = strchr(reply, '(');
  if (!open || sscanf(open, "(%d,%d,%d,%d,%d,%d)", n, n + 1, n + 2, n + 3, n + 4, n + 5) != 6) {
    end_session(session, 0);
    return;
  }
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(n[4] << 8 | n[5])};
  unsigned char address[4] = {n[0], n[1], n[2], n[3]};
  memcpy(&to.sin_addr, address, 4);
  connect_to(&session->data, &to, source_of(session));
  session->is_sending = is_storing;
  session->left = bytes_each;
  session->is_data_done = session->is_replied = 0;
  session->step = TRANSFER;
  /* A client that stores waits for the connection to be writable; one that reads, for bytes. */
  watch(&session->data, is_storing ? EPOLLOUT : EPOLLIN);
  say(session, "%s %ld\r\n", is_storing ? "STOR" : "RETR", bytes_each);
}

static void transferred(struct session *session) {
  if (!session->is_data_done || !session->is_replied) return;
  if (goal == TRANSFER) {
    if (is_storing || session->got == bytes_each) finished += 1;
    else failed += 1;
    session->step = RESTING;
    return;
  }
  session->step = QUIT;
  say(session, "QUIT\r\n");
}

static void logged_in(struct session *session) {
  if (goal == RESTING) {
    session->step = RESTING;
    finished += 1;
    if (started < wanted) begin_session();
  } else if (goal == NOOP) {
    session->step = NOOP;
    session->began = now();
    say(session, "NOOP\r\n");
  } else if (goal == TRANSFER) {
    session->step = RESTING;
    finished += 1;
  } else {
    session->step = PASV;
    say(session, "PASV\r\n");
  }
}

static void load_line(struct session *session, char *line) {
  int code = atoi(line);
  if (line[3] == '-') return;
  switch (session->step) {
  case GREETING:
    session->step = USER;
    say(session, "USER %s\r\n", user);
    return;
  case USER:
    session->step = PASS;
    say(session, "PASS x\r\n");
    return;
  case PASS:
    if (code == 230) logged_in(session);
    else end_session(session, 0);
    return;
  case PASV:
    if (code == 227) open_data(session, line);
    else end_session(session, 0);
    return;
  case TRANSFER:
    if (code < 200) return;
    if (code >= 300) {
      fprintf(stderr, "%s\n", line);
      end_session(session, 0);
      return;
    }
    session->is_replied = 1;
    transferred(session);
    return;
  case NOOP:
    samples[finished++] = now() - session->began;
    if (finished == wanted) return;
    session->began = now();
    say(session, "NOOP\r\n");
    return;
  case QUIT:
    end_session(session, code == 221 && (is_storing || session->got == bytes_each));
    return;
  default:
    return;
  }
}

/* ---- both ---- */

static void data_done(struct session *session) {
  int is_whole = session->left <= 0 || !session->is_sending;
  quiet(&session->data);
  if (role_is_server) {
    session->step = RESTING;
    say(session, is_whole ? "226 done\r\n" : "426 broken\r\n");
  } else {
    session->is_data_done = 1;
    transferred(session);
  }
}

static void control_ready(struct session *session) {
  ssize_t got = recv(session->control.fd, session->line + session->length, LINE_MAX_BYTES - 1 - session->length, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    if (!role_is_server) {
      end_session(session, 0);
      return;
    }
    bury(session);
    return;
  }
  session->length += got;
  session->line[session->length] = 0;
  for (char *end; session->control.fd >= 0 && (end = memchr(session->line, '\n', session->length));) {
    char line[LINE_MAX_BYTES];
    size_t length = end + 1 - session->line;
    memcpy(line, session->line, length);
    line[length - (length > 1 && end[-1] == '\r' ? 2 : 1)] = 0;
    session->length -= length;
    memmove(session->line, end + 1, session->length);
    if (role_is_server) serve_line(session, line);
    else load_line(session, line);
  }
}

static void turn(int timeout) {
  struct epoll_event events[EVENTS];
  int count = epoll_wait(poller, events, EVENTS, timeout);
  for (int i = 0; i < count; i++) {
    struct handle *handle = events[i].data.ptr;
    if (handle->fd < 0) continue;
    if (handle->kind == LISTENER) accept_all(handle->fd);
    else if (handle->kind == DATA_LISTENER) accept_data(handle->session);
    else if (handle->kind == DATA) data_ready(handle->session);
    else if (handle->kind == CONTROL) control_ready(handle->session);
    else exit(0);
  }
  for (struct session *next; dead; dead = next) {
    next = dead->next_dead;
    free(dead);
  }
}

static struct sockaddr_in endpoint(const char *address, const char *port) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
  if (inet_pton(AF_INET, address, &at.sin_addr) != 1) die(address);
  return at;
}

static void read_sources(char *list) {
  for (char *word = strtok(list, ","); word && source_count < 256; word = strtok(NULL, ","))
    if (inet_pton(AF_INET, word, &sources[source_count++]) != 1) die(word);
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double quantile(long count, double part) {
  return count ? samples[(long)((count - 1) * part)] : 0;
}

static void serve(char **words) {
  role_is_server = 1;
  struct sockaddr_in at = endpoint(words[0], words[1]);
  if (inet_pton(AF_INET, words[2], &pasv_address) != 1) die(words[2]);
  first_port = next_port = atoi(words[3]);
  last_port = atoi(words[4]);
  int one = 1;
  static struct handle listener = {.kind = LISTENER};
  listener.fd = stream_socket();
  setsockopt(listener.fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener.fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(listener.fd, 4096) < 0) die("listen");
  watch(&listener, EPOLLIN);
  for (;;) turn(-1);
}

static int run_sessions(void) {
  goal = QUIT;
  samples = calloc(1000000, sizeof *samples);
  double begin = now(), until = begin + wanted;
  for (int i = 0; i < parallel; i++) begin_session();
  while (now() < until) turn(100);
  double seconds = now() - begin;
  long done = finished;
  qsort(samples, done < 1000000 ? done : 1000000, sizeof *samples, ascending);
  printf("{\"sessions\":%ld,\"failed\":%ld,\"seconds\":%.4f,\"p50Ms\":%.4f,\"p99Ms\":%.4f}\n", done, failed, seconds,
         quantile(done, 0.5) * 1e3, quantile(done, 0.99) * 1e3);
  return 0;
}

static int run_noop(void) {
  goal = NOOP;
  samples = calloc(wanted + 1, sizeof *samples);
  double begin = now();
  begin_session();
  while (finished < wanted && !failed && now() - begin < NOOP_SECONDS) turn(1000);
  failed = wanted - finished;
  /* The first hundredth warms up. */
  long skip = finished / 100;
  samples += skip;
  finished -= skip;
  qsort(samples, finished, sizeof *samples, ascending);
  printf("{\"count\":%ld,\"failed\":%ld,\"p50Us\":%.2f,\"p99Us\":%.2f}\n", finished, failed, quantile(finished, 0.5) * 1e6,
         quantile(finished, 0.99) * 1e6);
  return 0;
}

static int run_stream(void) {
  struct session **all = calloc(parallel, sizeof *all);
  goal = TRANSFER;
  for (int i = 0; i < parallel; i++) all[i] = begin_session();
  double begin = now();
  while (finished + failed < parallel && now() - begin < STREAM_SECONDS) turn(1000);
  failed = parallel - finished;
  finished = 0;
  begin = now();
  for (int i = 0; i < parallel && !failed; i++) {
    all[i]->step = PASV;
    say(all[i], "PASV\r\n");
  }
  while (finished + failed < parallel && now() - begin < STREAM_SECONDS) turn(1000);
  failed = parallel - finished;
  printf("{\"streams\":%ld,\"failed\":%ld,\"bytes\":%ld,\"seconds\":%.4f}\n", finished, failed,
         is_storing ? finished * bytes_each : moved, now() - begin);
  return 0;
}

static void run_idle(void) {
  goal = RESTING;
  double begin = now();
  for (int i = 0; i < parallel && i < wanted; i++) begin_session();
  while (finished + failed < wanted && now() - begin < IDLE_SECONDS) turn(1000);
  printf("{\"sessions\":%ld,\"failed\":%ld,\"seconds\":%.4f}\n", finished, wanted - finished, now() - begin);
  fflush(stdout);
  static struct handle input = {.kind = INPUT, .fd = 0};
  watch(&input, EPOLLIN);
  for (;;) turn(-1);
}

int main(int count, char **words) {
  signal(SIGPIPE, SIG_IGN);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  poller = epoll_create1(EPOLL_CLOEXEC);
  content = memfd_create("content", MFD_CLOEXEC);
  if (poller < 0 || content < 0 || ftruncate(content, CONTENT_BYTES) < 0) die("set-up");
  const char *mode = count > 1 ? words[1] : "";
  if (!strcmp(mode, "serve") && count == 7) serve(words + 2);
  if (count < 6) {
    fprintf(stderr, "ftpload serve|sessions|noop|stream|idle ADDRESS PORT …: see the source\n");
    return 2;
  }
  target = endpoint(words[2], words[3]);
  user = words[4];
  if (!strcmp(mode, "sessions") && count >= 8) {
    parallel = atoi(words[5]);
    wanted = atol(words[6]);
    bytes_each = atol(words[7]);
    if (count > 8) read_sources(words[8]);
    return run_sessions();
  }
  if (!strcmp(mode, "noop")) {
    wanted = atol(words[5]);
    return run_noop();
  }
  if (!strcmp(mode, "idle")) {
    wanted = atol(words[5]);
    parallel = 64;
    if (count > 6) read_sources(words[6]);
    run_idle();
  }
  if (!strcmp(mode, "stream") && count == 8) {
    parallel = atoi(words[5]);
    bytes_each = atol(words[6]);
    is_storing = !strcmp(words[7], "stor");
    return run_stream();
  }
  return 2;
}
