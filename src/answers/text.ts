/** Why a text can't be an answer, or undefined when it can. Any Unicode text may; what no file can carry may not. */
export function textFault(text: string, maxLength: number): string | undefined {
  if (text.trim() === '') return 'must not be empty';
  if (text.length > maxLength) return `must be at most ${maxLength} characters`;
  if (/\p{Cc}/u.test(text)) return 'must not contain control characters or line breaks';
  if (/\p{Cs}/u.test(text)) return 'must be well-formed Unicode (it holds half of a surrogate pair)';
  return undefined;
}
