// Synthesizes exported stacks: synthesize.cjs STACK.js... writes STACK.synthesized.json beside each.
// The library is the one that is installed above the stacks. The Kinesis streams that a stack asks for are made up; so is the account.
const { writeFileSync, readFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const path = require("node:path");

for (const file of process.argv.slice(2)) {
  const beside = createRequire(path.resolve(file));
  const { App } = beside("aws-cdk-lib");
  const { Template } = beside("aws-cdk-lib/assertions");
  const source = readFileSync(file, "utf8");
  const wanted = [...source.matchAll(/props\.(\w+KinesisStreamArn)/g)].map(([, name]) => name);
  const arn = (name) => `arn:aws:kinesis:us-east-1:111122223333:stream/${name}`;
  const properties = Object.fromEntries(wanted.map((name) => [name, arn(name)]));
  const stacks = Object.entries(beside(path.resolve(file)));
  if (stacks.length !== 1) throw new Error(`${file} has ${stacks.length} stacks`);
  const [name, Stack] = stacks[0];
  const template = Template.fromStack(new Stack(new App(), name, properties)).toJSON();
  writeFileSync(file.replace(/\.cdk\.js$/, ".synthesized.json"), `${JSON.stringify(template, null, 2)}\n`);
}
