import { type Command, InvalidArgumentError, Option } from 'commander';
import type { SettingKey } from '../config/setting-schema.ts';
import { environmentName, settingTable } from '../config/setting-table.ts';

/** The flags of settings that a command takes, and how to read them back. */
export interface SettingOptions {
  /** The texts of the flags that were given. */
  given(): Partial<Record<SettingKey, string>>;
}

/** Gives `command` one option for each of the settings, described as in the table unless `descriptions` knows better. */
export function addSettingOptions(
  command: Command,
  keys: readonly SettingKey[],
  descriptions: Partial<Record<SettingKey, string>> = {},
): SettingOptions {
  const attributes = new Map<SettingKey, string>();
  for (const key of keys) {
    const { flag, argument, description, fallback } = settingTable[key];
    const extra = fallback === undefined ? environmentName(key) : `default ${fallback}`;
    const text = descriptions[key] ?? `${description} (${extra})`;
    const option = new Option(`${flag} <${argument}>`, text);
    attributes.set(key, option.attributeName());
    command.addOption(option);
  }
  return {
    given: () => {
      const values: Record<string, unknown> = command.opts();
      const texts: Partial<Record<SettingKey, string>> = {};
      for (const [key, attribute] of attributes) {
        const value = values[attribute];
        if (typeof value === 'string') texts[key] = value;
      }
      return texts;
    },
  };
}

/** Reads a flag's whole number within bounds, for options that are not settings of a member. */
export function wholeNumberArgument(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${minimum} to ${maximum}.`);
  };
}
