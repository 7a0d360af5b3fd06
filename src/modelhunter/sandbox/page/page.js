// Shows what the sandbox knows, once a second. All text is set as text, never as markup.
"use strict";

const EVERY = 1000;
const MAKERS = { video, image, audio };
const cards = new Map();

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function fill(parent, children) {
  parent.replaceChildren(...children);
}

function time(text) {
  return new Date(text).toLocaleTimeString([], { hour12: false });
}

// ------------------------------------------------------------------------- tasks

function video(file) {
  const made = element("video");
  Object.assign(made, { src: file.src, controls: true, muted: true, playsInline: true, preload: "metadata" });
  return made;
}

function image(file) {
  const made = element("img");
  Object.assign(made, { src: file.src, alt: file.name, loading: "lazy" });
  return made;
}

function audio(file) {
  const made = element("audio");
  Object.assign(made, { src: file.src, controls: true, preload: "metadata" });
  return made;
}

function link(file) {
  const made = element("a", "", file.name);
  Object.assign(made, { href: file.src, download: file.name });
  return made;
}

function card(task) {
  const parts = {
    whole: element("article"),
    title: element("h3"),
    status: element("span"),
    prompt: element("p", "prompt", task.prompt),
    progress: element("progress"),
    media: element("div", "media"),
    error: element("p", "failed"),
    more: element("p", "faint"),
  };
  parts.whole.dataset.task = task.id;
  parts.progress.max = 100;
  parts.title.append(element("span", "", task.model), parts.status);
  parts.whole.append(parts.title, parts.progress, parts.media, parts.prompt, parts.error, parts.more);
  cards.set(task.id, parts);
  return parts;
}

function showTask(task) {
  const parts = cards.get(task.id) ?? card(task);
  parts.status.className = task.status;
  parts.status.textContent = task.status;
  parts.progress.value = task.progress;
  parts.progress.hidden = !["pending", "queued", "running"].includes(task.status);
  parts.error.textContent = task.error ?? "";
  parts.error.hidden = !task.error;
  const cost = task.cost === null ? "" : ` · ${task.cost}`;
  parts.more.textContent = `${task.capability} · ${time(task.created_at)}${cost} · ${task.id}`;
  if (parts.media.childElementCount !== task.media.length) {
    fill(parts.media, task.media.map((file) => (MAKERS[file.kind] ?? link)(file)));
  }
  return parts.whole;
}

function showTasks(view) {
  const list = document.getElementById("tasks");
  const shown = view.tasks.map(showTask);
  shown.forEach((whole, place) => {
    if (list.children[place] !== whole) list.insertBefore(whole, list.children[place] ?? null);
  });
  const known = new Set(view.tasks.map((task) => task.id));
  for (const [id, parts] of cards) {
    if (known.has(id)) continue;
    parts.whole.remove();
    cards.delete(id);
  }
  const further = document.getElementById("further");
  further.hidden = view.total <= view.tasks.length;
  further.textContent = `and ${view.total - view.tasks.length} earlier ones`;
  document.getElementById("first").hidden = view.total > 0;
  document.getElementById("how").textContent =
    `export MODELHUNTER_BASE_URL=${location.origin}\n` +
    "export MODELHUNTER_KEY=…\n" +
    `modelhunter generate ${view.example} "A sunset over the ocean"`;
}

// ------------------------------------------------------------------------- the rest

function showRequests(requests) {
  fill(
    document.getElementById("requests"),
    requests.map((seen) => {
      const row = element("tr");
      const good = seen.status !== null && seen.status < 400;
      row.append(
        element("td", "", time(seen.at)),
        element("td", "", `${seen.method} ${seen.path}`),
        element("td", good ? "ok" : "wrong", seen.status ?? "dropped"),
      );
      return row;
    }),
  );
}

function showFacts(view) {
  const facts = [["Balance", view.balance]];
  for (const [status, count] of Object.entries(view.counts)) facts.push([status, count]);
  if (view.faults) facts.push(["Faults in place", view.faults]);
  fill(
    document.getElementById("facts"),
    facts.map(([name, value]) => {
      const pair = element("div");
      pair.append(element("dt", "", name), element("dd", "", value));
      return pair;
    }),
  );
}

async function look() {
  const trouble = document.getElementById("trouble");
  try {
    const answer = await fetch("/_sandbox/view", { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    const view = await answer.json();
    showFacts(view);
    showTasks(view);
    showRequests(view.requests);
    trouble.hidden = true;
  } catch {
    trouble.hidden = false;
  }
}

async function keepLooking() {
  if (!document.hidden) await look();
  setTimeout(keepLooking, EVERY);
}

document.addEventListener("visibilitychange", look);
keepLooking();
