// The first 32 bits of the fractions of the square and cube roots of the first primes: FIPS 180-4, sections 4.2.2, 5.3.3.
const start = new Int32Array(8);
const constants = new Int32Array(64);
for (let prime = 2, count = 0; count < 64; prime++) {
  let isPrime = true;
  for (let factor = 2; factor * factor <= prime; factor++) if (prime % factor === 0) isPrime = false;
  if (!isPrime) continue;
  if (count < 8) start[count] = (Math.sqrt(prime) % 1) * 4294967296;
  constants[count++] = (Math.cbrt(prime) % 1) * 4294967296;
}

const encoder = new TextEncoder();
const words = new Int32Array(64);
const hash = new Int32Array(8);
let bytes = new Uint8Array(1024);

/**
 * SHA-256 of a short text as eight 32-bit words, in an array that the next call writes over. Streams of random numbers
 * are keyed by it, a million for a large plan: `node:crypto` takes three to five times as long to begin. For long texts it
 * is the faster one.
 */
export function sha256Words(text: string): Int32Array {
  if (bytes.length < 3 * text.length + 72) bytes = new Uint8Array(6 * text.length);
  let length = 0;
  for (; length < text.length; length++) {
    const code = text.charCodeAt(length);
    bytes[length] = code;
    if (code > 127) break;
  }
  if (length < text.length) length = encoder.encodeInto(text, bytes).written;
  const end = (length + 72) & ~63;
  bytes.fill(0, length, end);
  bytes[length] = 0x80;
  new DataView(bytes.buffer).setUint32(end - 4, 8 * length);
  hash.set(start);
  for (let at = 0; at < end; at += 64) addBlock(at);
  return hash;
}

/** FIPS 180-4, section 6.2.2. */
function addBlock(at: number): void {
  for (let i = 0; i < 16; i++, at += 4) {
    words[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }
  for (let i = 16; i < 64; i++) {
    const [x, y] = [words[i - 15]!, words[i - 2]!];
    const small0 = (x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ (x >>> 3);
    const small1 = (y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ (y >>> 10);
    words[i] = words[i - 16]! + small0 + words[i - 7]! + small1;
  }
  let [a, b, c, d] = [hash[0]!, hash[1]!, hash[2]!, hash[3]!];
  let [e, f, g, h] = [hash[4]!, hash[5]!, hash[6]!, hash[7]!];
  for (let i = 0; i < 64; i++) {
    const large1 = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7);
    const first = (h + large1 + ((e & f) ^ (~e & g)) + constants[i]! + words[i]!) | 0;
    const large0 = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10);
    const second = (large0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  hash[0]! += a;
  hash[1]! += b;
  hash[2]! += c;
  hash[3]! += d;
  hash[4]! += e;
  hash[5]! += f;
  hash[6]! += g;
  hash[7]! += h;
}
