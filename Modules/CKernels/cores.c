// How many cores this process may use.
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ck_threads.h"

// The first thread of the core that `cpu` belongs to, or `cpu` itself where the system does not tell.
static int first_sibling(int cpu) {
  char path[96];
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu);
  FILE *file = fopen(path, "r");
  int first = cpu;
  if (file) {
    if (fscanf(file, "%d", &first) != 1) first = cpu;
    fclose(file);
  }
  return first;
}

static int count_allowed_cores(void) {
#ifdef __linux__
  cpu_set_t allowed, cores;
  CPU_ZERO(&cores);
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
      if (!CPU_ISSET(cpu, &allowed)) continue;
      int first = first_sibling(cpu);
      CPU_SET(first >= 0 && first < CPU_SETSIZE ? first : cpu, &cores);
    }
    int count = CPU_COUNT(&cores);
    return count > 0 ? count : 1;
  }
#endif
  long count = sysconf(_SC_NPROCESSORS_ONLN);
  return count > 0 ? (int)count : 1;
}

// MARK: control groups

// Processors that `quota` microseconds per `period` pay for, rounded up; 0 without a limit.
static int processors(long long quota, long long period) {
  if (quota <= 0 || period <= 0) return 0;
  long long count = (quota + period - 1) / period;
  return count > INT_MAX ? INT_MAX : (int)count;
}

// One group's own limit: version 2 keeps "max 100000" or "150000 100000" in cpu.max, version 1 two files.
static int group_limit(const char *folder, int version) {
  char path[PATH_MAX];
  long long quota = 0, period = 0;
  const char *const names[] = {version == 2 ? "cpu.max" : "cpu.cfs_quota_us", "cpu.cfs_period_us"};
  for (int i = 0; i < (version == 2 ? 1 : 2); i++) {
    if (snprintf(path, sizeof path, "%s/%s", folder, names[i]) >= (int)sizeof path) return 0;
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    int fields = version == 2 ? fscanf(file, "%lld %lld", &quota, &period) - 1
                              : fscanf(file, "%lld", i ? &period : &quota);
    fclose(file);
    if (fields != 1) return 0;
  }
  return processors(quota, period);
}

// The tightest limit of the group at `path` under `root` and of those around it, up to the root. In a container the
// path may be one of the host's that is not visible here: the root then is the container's own group.
static int path_limit(const char *root, const char *path, int version) {
  char folder[PATH_MAX];
  if (snprintf(folder, sizeof folder, "%s%s", root, path) >= (int)sizeof folder) return 0;
  size_t shortest = strlen(root);
  int least = 0;
  for (size_t length = strlen(folder); length >= shortest; length--) {
    if (length > shortest && folder[length] != 0 && folder[length] != '/') continue;
    folder[length] = 0;
    int limit = group_limit(folder, version);
    if (limit > 0 && (least == 0 || limit < least)) least = limit;
    if (length == 0) break;
  }
  return least;
}

// Whether `names`, a list such as "cpu,cpuacct", has the processor controller.
static int lists_cpu(char *names) {
  char *rest = names;
  for (char *name; (name = strsep(&rest, ",")) != NULL;)
    if (strcmp(name, "cpu") == 0) return 1;
  return 0;
}

int ck_quota_cores(const char *membership, const char *mount) {
  FILE *file = fopen(membership, "r");
  if (!file) return 0;
  char line[PATH_MAX], root[PATH_MAX];
  int least = 0;
  // "0::/path" is version 2, "4:cpu,cpuacct:/path" version 1.
  while (fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = 0;
    char *names = strchr(line, ':'), *path = names ? strchr(names + 1, ':') : NULL;
    if (!path) continue;
    *path++ = 0;
    names++;
    int version = *names ? 1 : 2;
    if (version == 1 && !lists_cpu(names)) continue;
    snprintf(root, sizeof root, "%.*s%s", PATH_MAX - 8, mount, version == 1 ? "/cpu" : "");
    int limit = path_limit(root, path, version);
    if (limit > 0 && (least == 0 || limit < least)) least = limit;
  }
  fclose(file);
  return least;
}

static int core_count;
static pthread_once_t core_count_once = PTHREAD_ONCE_INIT;

static void set_core_count(void) {
  int quota = ck_quota_cores("/proc/self/cgroup", "/sys/fs/cgroup");
  core_count = count_allowed_cores();
  if (quota > 0 && quota < core_count) core_count = quota;
}

int ck_core_count(void) {
  pthread_once(&core_count_once, set_core_count);
  return core_count;
}
