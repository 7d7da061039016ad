/** Steps and pieces of lines that are put into dialogues. */
import { SEPARATOR } from './dialogue-input.ts'

const CLIENT = `USER u;PASS p;ACCT a;PASV;EPSV;EPSV ALL;EPSV 1;EPSV 2;RETR f;STOR f;LIST;ABOR;STAT;REIN
QUIT;NOOP;AUTH TLS;CCC;PBSZ 0;PROT P;P@SW;LPSV;CPSV;HOST x;PORT 198,51,100,10,200,21
EPRT |1|198.51.100.10|51221|;EPRT |2|2001:db8:1::10|51221|;PORT 10,0,0,66,200,21`

const SERVER = `220 x;120 wait;230 in;331 p;332 a;200 ok;202 x;150 go;226 done;425 no;426 cut;500 no;530 no
533 no;221 x;421 bye;234 go;334 x;335 x;235 x;631 x;211-a;211 b;227 ok (10,0,0,20,156,64)
229 ok (|||40001|);227 ok (10,0,0,66,156,64);229 ok (|1|10.0.0.66|40001|)`

/** Of lines, numbers and records. */
const PIECES = [
  ['\r\n', '\n', '\r', '\r\0', '\xff\xf4\xff\xf2', '\xff\xfd\x06', '(', ')', '|', ',', '-', ' '],
  ['\x16\x03\x01', '\x17\x03\x03', '\x15\x03\x03\0\x02\x01\0', '::ffff:10.0.0.66', '10,0,0,66'],
  ['227 ', '229 ', '230 ', '234 ', '200 ', '150 ', '226 '],
].flat()

function steps(letter: string, lines: string): string[] {
  return lines.split(/[;\n]/).map((line) => `${SEPARATOR}${letter}${line}\r\n`)
}

function choices(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => SEPARATOR + letter + String.fromCharCode(n))
}

export const DIALOGUE_WORDS: readonly string[] = [
  ...steps('C', CLIENT),
  ...steps('S', SERVER),
  ...choices('D', 2),
  ...choices('E', 1),
  ...choices('W', 9),
  ...choices('X', 4),
  ...PIECES,
]
