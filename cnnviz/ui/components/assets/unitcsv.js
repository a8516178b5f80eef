// The numbers of an opened unit as a table to take home: inputs, weights and outputs, one value a line.

/** The table as a file for a download menu: {href, name}. */
export function unitTable(opened) {
  const lines = ["array,layer,channel,row,column,value"];
  const {arrays, inputs, node, unit, after} = opened;
  const put = (name, {values, shape}, nameOf) => {
    const plane = shape.at(-1) * shape.at(-2);
    values.forEach((value, i) => {
      const source = Math.floor(i / plane);
      const [row, column] = [Math.floor((i % plane) / shape.at(-1)), i % shape.at(-1)];
      lines.push([name, ...nameOf(source), row, column, value].join(","));
    });
  };
  const sources = arrays.sources.values;
  const fed = (i) => [inputs[sources[2 * i]], sources[2 * i + 1]];
  put("input", arrays.values, fed);
  if (arrays.weight) put("weight", arrays.weight, fed);
  lines.push(["bias", node, unit, "", "", opened.bias].join(","));
  put("output", arrays.output, () => [node, unit]);
  if (after) put("after", arrays.after, () => [after.node, unit]);
  const href = URL.createObjectURL(new Blob([lines.join("\n")], {type: "text/csv"}));
  return {href, name: `${opened.run}-${opened.step}-${node}-${unit}.csv`};
}
