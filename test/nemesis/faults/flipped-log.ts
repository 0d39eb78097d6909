import { damagedFile, flip } from './damaged-file.ts';

export const flippedLog = damagedFile('flipped bits in the log', 'log', flip);
