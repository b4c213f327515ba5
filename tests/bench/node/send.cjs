// Nodemailer's pool of ten, fed as its manual says: whenever it is idle, the next message.
// Usage: node send.cjs PORT COUNT LETTER-FOLDER; ends with 1 unless everybody was accepted.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { createRequire } = require("node:module");

const nodemailer = createRequire(process.cwd() + "/")("nodemailer");
const [port, count, letter] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]];
const html = fs.readFileSync(path.join(letter, "body.html"), "utf8");
const text = fs.readFileSync(path.join(letter, "body.txt"), "utf8");
const cities = ["Bern", "Kraków", "Lyon", "Oslo", "Porto", "Riga", "Split"];
let sent = 0;
let accepted = 0;

const filled = (body, fields) =>
  body.replace(/\{\{(\w+)(?:\|([^}]*))?\}\}/g, (_, name, other) => fields[name] || other || "");

const pool = nodemailer.createTransport({
  host: "127.0.0.1", port, secure: false, ignoreTLS: true,
  pool: true, maxConnections: 10, maxMessages: Infinity,
});

async function next() {
  const i = sent++;
  const address = `member${String(i).padStart(7, "0")}@example.org`;
  const fields = { first_name: `Person ${i}`, city: cities[i % cities.length], member_since: "2003",
                   address, unsubscribe_url: `https://example.org/u/${i}` };
  const info = await pool.sendMail({
    from: "Example Association <news@example.org>", replyTo: "office@example.org", to: address,
    subject: `${fields.first_name}, spring is here`,
    html: filled(html, fields), text: filled(text, fields),
  });
  accepted += info.accepted.length;
  if (accepted === count) {
    pool.close();
  }
}

function failed(error) {
  console.error(error);
  process.exit(1);
}

pool.on("idle", () => {
  while (sent < count && pool.isIdle()) {
    next().catch(failed);
  }
});
