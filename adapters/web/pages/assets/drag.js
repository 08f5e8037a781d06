// Stages can be dragged to another place, beside the buttons that move them: those stay, and do the same.
(() => {
  "use strict";
  for (const list of document.querySelectorAll("ol[data-order]")) {
    const form = document.getElementById(list.dataset.order);
    if (!form) continue;
    const stages = () => [...list.querySelectorAll(":scope > [data-stage]")];
    let dragged = null;
    let before = [];

    const restore = () => list.append(...before);
    for (const stage of stages()) {
      // The number alone is what is taken hold of: names stay text that can be selected.
      const handle = stage.querySelector("[data-handle]");
      handle.draggable = true;
      handle.title = "Drag to another place";
      handle.addEventListener("dragstart", (event) => {
        dragged = stage;
        before = stages();
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", stage.dataset.stage);
        event.dataTransfer.setDragImage(stage, 12, 12);
        stage.classList.add("dragged");
      });
      handle.addEventListener("dragend", () => {
        if (!dragged) return;
        restore(); // it was let go elsewhere, or given up by Escape
        dragged.classList.remove("dragged");
        dragged = null;
      });
    }
    list.addEventListener("dragover", (event) => {
      if (!dragged) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "move";
      const over = event.target.closest?.("[data-stage]");
      if (!over || over === dragged || over.parentElement !== list) return;
      const box = over.getBoundingClientRect();
      const isBelow = event.clientY > box.top + box.height / 2;
      if (isBelow ? over.nextElementSibling !== dragged : over.previousElementSibling !== dragged) {
        list.insertBefore(dragged, isBelow ? over.nextElementSibling : over);
      }
    });
    list.addEventListener("drop", (event) => {
      if (!dragged) return;
      event.preventDefault();
      const stage = dragged;
      const place = stages().indexOf(stage);
      stage.classList.remove("dragged");
      dragged = null;
      if (place === before.indexOf(stage)) return;
      form.elements.stage.value = stage.dataset.stage;
      form.elements.place.value = String(place);
      form.submit();
    });
  }
})();
