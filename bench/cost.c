/* bench/cost.c - runs a command and writes what it has cost to a file: exit
 * status, CPU seconds, wall seconds, peak KiB.
 *
 * A process of its own, because the peak that Linux reports for a child
 * begins at what its parent had in memory when it forked.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usage.h"

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: cost REPORT COMMAND [ARGUMENT]...\n", stderr);
        return 2;
    }
    double start = usage_wall_seconds();
    pid_t pid = fork();
    if (pid == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    int status = 0;
    struct rusage u;
    if (pid < 0 || wait4(pid, &status, 0, &u) != pid) {
        perror("cost");
        return 2;
    }
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    FILE *report = fopen(argv[1], "w");
    if (report == NULL) {
        perror(argv[1]);
        return 2;
    }
    fprintf(report, "%d %.6f %.6f %ld\n", code, usage_cpu_seconds(&u), usage_wall_seconds() - start,
            u.ru_maxrss);
    return fclose(report) == 0 ? 0 : 2;
}
