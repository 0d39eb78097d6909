#ifndef SESSIONS_H
#define SESSIONS_H

/* Opens sessions and closes them again, a number of them at a time. */
void sessions_run(void);

#endif
