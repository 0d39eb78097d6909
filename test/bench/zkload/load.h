#ifndef LOAD_H
#define LOAD_H

/* Makes the nodes that the operation needs, then measures it: every operation but session. */
void load_run(void);

#endif
