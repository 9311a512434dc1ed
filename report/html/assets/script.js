"use strict";
(function () {
  var $ = function (id) { return document.getElementById(id); };

  // A row of the timeline says more on hover, and on the keyboard's focus.
  var tip = document.createElement("div");
  tip.id = "tip";
  tip.setAttribute("role", "tooltip");
  tip.hidden = true;
  document.body.appendChild(tip);
  function show(row) {
    tip.textContent = row.dataset.tip;
    tip.hidden = false;
    row.setAttribute("aria-describedby", "tip");
    var r = row.getBoundingClientRect(), w = tip.offsetWidth, h = tip.offsetHeight;
    var track = row.querySelector(".track").getBoundingClientRect();
    var top = r.top - h - 6;
    tip.style.left = Math.max(8, Math.min(track.left, innerWidth - w - 8)) + scrollX + "px";
    tip.style.top = (top < 4 ? r.bottom + 6 : top) + scrollY + "px";
  }
  function hide(row) {
    tip.hidden = true;
    if (row) row.removeAttribute("aria-describedby");
  }
  document.querySelectorAll("[data-tip]").forEach(function (row) {
    row.tabIndex = 0;
    row.addEventListener("mouseenter", function () { show(row); });
    row.addEventListener("mouseleave", function () { hide(row); });
    row.addEventListener("focus", function () { show(row); });
    row.addEventListener("blur", function () { hide(row); });
  });
  document.addEventListener("keydown", function (e) { if (e.key === "Escape") hide(document.activeElement); });

  // The filter of the chronology.
  var table = $("steps"), find = $("find"), which = $("show");
  if (!table) return;
  find.closest(".filter").hidden = false;
  var rows = Array.prototype.slice.call(table.querySelectorAll("tr.step"));
  function filter() {
    var words = find.value.toLowerCase().split(/\s+/), kind = which.value, shown = 0;
    rows.forEach(function (row) {
      var text = row.textContent.toLowerCase();
      var fits = words.every(function (w) { return text.indexOf(w) >= 0; }) && (!kind || row.dataset.kind.split(" ").indexOf(kind) >= 0);
      row.hidden = !fits;
      if (fits) shown++;
    });
    table.querySelectorAll("tbody").forEach(function (body) {
      body.querySelector("tr.group").hidden = !body.querySelector("tr.step:not([hidden])");
    });
    $("shown").textContent = shown + " of " + rows.length + " rows";
  }
  find.addEventListener("input", filter);
  which.addEventListener("change", filter);
  filter();
})();
