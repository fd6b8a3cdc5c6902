declare global {
  namespace JSX {
    type Element = string;
    interface IntrinsicElements {
      p: object;
    }
  }
}
export function page(): string {
  return <p>hello</p>;
}
