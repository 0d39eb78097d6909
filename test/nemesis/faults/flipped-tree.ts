import { damagedFile, flip } from './damaged-file.ts';

export const flippedTree = damagedFile('flipped bits in the tree', 'tree', flip);
