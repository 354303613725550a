import { expect, test } from 'vitest';
import { find, type Found } from './finding';

const entry = (label: string): Found => ({ key: label, kind: 'market', label, hint: '', run: () => undefined });
const entries = ['Train delays', 'Late rain', 'Rain on Friday', 'Snow'].map(entry);
const labels = (typed: string, limit = 9): string[] => find(entries, typed, limit).map((found) => found.label);

test('a name that begins with it comes before a word that does, and that before the rest', () => {
  expect(labels('rain')).toEqual(['Rain on Friday', 'Late rain', 'Train delays']);
});

test('every word has to be there, in any order and case', () => {
  expect(labels('FRI rain')).toEqual(['Rain on Friday']);
  expect(labels('rain snow')).toEqual([]);
});

test('nothing typed finds the first of all', () => expect(labels(' ', 2)).toEqual(['Train delays', 'Late rain']));
