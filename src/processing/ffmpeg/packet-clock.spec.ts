import { describe, expect, it } from '@jest/globals';
import { PacketClock } from './packet-clock.js';

function read(lines: string[], mayJump = false): PacketClock {
  const clock = new PacketClock(mayJump);
  for (const line of lines) clock.add(line);
  return clock;
}

describe('PacketClock', () => {
  it('measures from the first packet to the end of the last in order of presentation', () => {
    const clock = read([
      '0,0.100,0.000,0.040,500,K__',
      '0,0.180,0.040,0.040,100,___',
      '0,0.140,0.080,0.040,50,___',
    ]);
    expect(clock.times(0)).toMatchObject({ packets: 3, bytes: 650, start: 0.1 });
    expect(clock.spanSeconds([0])).toBeCloseTo(0.12);
  });

  it('spans the streams that count, and no others', () => {
    const clock = read(['0,1,1,1,9,K__', '1,0,0,0.5,9,K__', '2,5000,5000,1,9,K__']);
    expect(clock.spanSeconds([0, 1])).toBe(2);
    expect(clock.spanSeconds([7])).toBe(0);
  });

  it('ignores packets that are to be discarded, and lines that are none', () => {
    const clock = read(['1,-0.036,-0.036,0.02,9,KD_,', '', ' 32 ', '1,0.000,0.000,0.02,9,K__,']);
    expect(clock.times(1)).toMatchObject({ packets: 1, start: 0 });
  });

  it('takes the decoding time where there is no other', () => {
    expect(read(['0,N/A,2.0,0.5,9,K__', '0,N/A,2.5,N/A,9,K__']).spanSeconds([0])).toBe(0.5);
  });

  it('does not believe in packets that last for hours', () => {
    expect(read(['0,0,0,90000,9,K__']).spanSeconds([0])).toBe(10);
  });

  it('joins clocks that start anew, where ffmpeg does so', () => {
    const lines = ['0,0,0,1,9,K__', '0,1,1,1,9,___', '0,50000,50000,1,9,K__', '0,50001,50001,1,9,___'];
    expect(read(lines, true).spanSeconds([0])).toBe(4);
    expect(read(lines, false).spanSeconds([0])).toBe(50_002);
    expect(read(['0,90000,90000,1,9,K__', '0,3,3,1,9,K__'], true).spanSeconds([0])).toBe(2);
  });
});
