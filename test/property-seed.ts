import fc from 'fast-check';

/**
 * Loaded before every test file by the runner: property tests take the same values in every run, so that a
 * gate that was green stays green. PROPERTY_SEED=random looks further; a failure names its own seed.
 */
const wanted = process.env.PROPERTY_SEED ?? '1';
if (wanted !== 'random') fc.configureGlobal({ seed: Number(wanted) });
