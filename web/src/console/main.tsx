import { render } from "preact";
import { App } from "./Console";
import "./console.css";
import { Desk } from "./desk";

const place = document.getElementById("console");
if (place) {
  const desk = new Desk();
  render(<App desk={desk} />, place);
  void desk.start();
}
