import { damagedFile, truncate } from './damaged-file.ts';

export const truncatedLog = damagedFile('truncated log', 'log', truncate);
