/**
 * Requests that are worth a batch of their own while another is under way. A batch costs every member two messages, a
 * flush and some events, whatever is in it: as much as some dozens of requests. Proposed one by one as they come, they
 * would keep the processors busy with that; waiting for the batch before them they come in tens, by themselves.
 */
export const BATCH_WORTH = 64;
