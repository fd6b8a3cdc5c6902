/** The package brings types of another name. */
declare module '@mixmark-io/domino' {
  interface DominoElement {
    readonly innerHTML: string;
    readonly textContent: string;
    readonly classList: { add(name: string): void };
    setAttribute(name: string, value: string): void;
    appendChild(child: DominoElement): void;
    addEventListener(name: string, listener: (event: { readonly type: string }) => void): void;
    dispatchEvent(event: unknown): boolean;
  }
  interface DominoDocument {
    readonly body: DominoElement;
    createElement(name: string): DominoElement;
    createEvent(kind: string): { initEvent(name: string, bubbles: boolean, cancelable: boolean): void };
    querySelectorAll(selector: string): ArrayLike<DominoElement>;
    querySelector(selector: string): DominoElement | null;
  }
  const domino: { createDocument(html: string): DominoDocument };
  export default domino;
}
