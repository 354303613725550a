import { describe, expect, test } from 'vitest';
import { changedWords, changes, draftOf, emptyDraft, localTime, problems, termsOf, timeOf } from './editing';
import { RAIN, adasState, said } from './testing';
import type { Market } from './market';

const market = (): Market => {
  const state = adasState();
  const fact = { marketId: RAIN, positionLimit: 5_000n, ranked: true, addedViewerAccountIds: [3n, 4n] };
  state.apply(said({ case: 'marketEdited', value: fact }));
  return state.markets.get(RAIN)!;
};

describe('an edit', () => {
  test('says what was changed and nothing else', () => {
    const before = draftOf(market());
    const after = { ...before, name: ' Rain or shine ', pinned: true, positionLimit: '20.5', viewers: [4n, 9n] };
    expect(changes(before, after, RAIN)).toEqual({
      marketId: RAIN,
      name: 'Rain or shine',
      pinned: true,
      positionLimit: 2_050n,
      addViewerAccountIds: [9n],
      removeViewerAccountIds: [3n]
    });
    expect(changes(before, { ...before }, RAIN)).toBeNull();
  });

  test('takes away what was emptied', () => {
    const before = { ...draftOf(market()), opensAt: '2027-03-01T09:00', redeemFee: '0.05', groupId: '2' };
    const after = { ...before, opensAt: '', positionLimit: '', redeemFee: ' ', groupId: '0' };
    const edit = changes(before, after, RAIN)!;
    expect(edit).toEqual({ marketId: RAIN, groupId: 0n, positionLimit: 0n, opensAt: 0n, redeemFee: 0n });
    expect(changedWords(edit)).toEqual(['group', 'position limit', 'opening time', 'fee']);
  });

  test('leaves a time alone that was only shown', () => {
    const shown = market();
    shown.closesAt = 1_803_900_000_123_456_789n;
    const before = draftOf(shown);
    expect(changes(before, { ...draftOf(shown), name: 'Other' }, RAIN)).toEqual({ marketId: RAIN, name: 'Other' });
  });
});

test('a time in the field is the time it was, in whatever zone', () => {
  const time = 1_803_900_060_000_000_000n;
  expect(timeOf(localTime(time))).toBe(time);
  expect([timeOf(''), timeOf('soon'), localTime(0n)]).toEqual([0n, null, '']);
});

test('what cannot be sent is said field by field', () => {
  const wrong = { ...emptyDraft(), positionLimit: '-1', redeemFee: 'a lot', opensAt: '2027-03-02T09:00' };
  expect(Object.keys(problems({ ...wrong, closesAt: '2027-03-01T09:00' })).sort()).toEqual([
    'closesAt',
    'name',
    'positionLimit',
    'redeemFee'
  ]);
  expect(problems({ ...emptyDraft(), name: 'Rain' })).toEqual({});
});

test('viewers of a market that is not restricted are not sent with it', () => {
  const draft = { ...emptyDraft(), name: 'Rain', ranked: false, viewers: [3n] };
  expect(termsOf(draft)).toMatchObject({ name: 'Rain', unranked: true, viewerAccountIds: [], opensAt: 0n });
  expect(termsOf({ ...draft, restricted: true }).viewerAccountIds).toEqual([3n]);
});
