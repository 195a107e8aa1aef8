// Diagnosing a file of 500 lines while it is typed: every key changes a line, and the whole file is asked about again, against
// a cluster that runs what the file describes.
const app = (n) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-${n}
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web-${n}
  template:
    metadata:
      labels:
        app: web-${n}
    spec:
      containers:
      - name: web
        image: nginx:1.31
        ports:
        - name: http
          containerPort: 80
        readinessProbe:
          httpGet:
            path: /
            port: http
        resources:
          requests:
            cpu: 10m
---
apiVersion: v1
kind: Service
metadata:
  name: web-${n}
spec:
  selector:
    app: web-${n}
  ports:
  - name: http
    port: 80
    targetPort: http
---
`;
const text = Array.from({ length: 13 }, (_, n) => app(n)).join("");
const lines = text.split("\n").length;
if (lines < 500) throw new Error(`${lines} lines are too few`);
const playground = new Playground({ nodes: 3 });
playground.apply(text);
playground.run(30000);

const measure = (name, change) => {
  const times = [];
  for (let round = 0; round < 60; round += 1) {
    const typed = change(round);
    const start = performance.now();
    playground.diagnose(typed);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return [
    { name: `${name}, median`, value: times[times.length / 2], unit: "ms" },
    { name: `${name}, worst`, value: times[times.length - 1], unit: "ms" },
  ];
};
const nth = (n, from, to) => {
  const parts = text.split(from);
  const at = n % (parts.length - 1);
  return parts.slice(0, at + 1).join(from) + to + parts.slice(at + 1).join(from);
};
const rows = [
  ...measure(`diagnosing ${lines} lines, right ones`, (n) => nth(n, "replicas: 2", `replicas: ${3 + n}`)),
  ...measure("the same, a field misspelt", (n) => nth(n, "replicas: 2", "replcas: 2")),
  ...measure("the same, badly indented", (n) => nth(n, "        image:", "          image:")),
];
playground.free();
return rows;
