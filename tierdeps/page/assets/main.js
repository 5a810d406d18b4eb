// The page of a file: its data is in it.

import { byId } from "./text.js";
import { readModel } from "./model.js";
import { startPage } from "./show.js";

startPage(readModel(byId("data").textContent));
