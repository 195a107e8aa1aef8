// From Apply to Ready through the JS API: the CPU time of the engine alone, without drawing.
const manifest = (replicas) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: hostname-deployment
spec:
  replicas: ${replicas}
  selector:
    matchLabels:
      app: webserver
  template:
    metadata:
      labels:
        app: webserver
    spec:
      containers:
      - name: my-webserver
        image: alicek106/rr-test:echo-hostname
        ports:
        - containerPort: 80
---
apiVersion: v1
kind: Service
metadata:
  name: hostname-svc-clusterip
spec:
  selector:
    app: webserver
  ports:
  - name: web-port
    port: 8080
    targetPort: 80
`;

const rows = [];
for (const [pods, nodes] of [[3, 3], [100, 3], [1000, 10]]) {
  const times = [];
  for (let round = 0; round < 3; round += 1) {
    const playground = new Playground({ nodes, seed: round + 1 });
    const start = performance.now();
    playground.apply(manifest(pods));
    while (playground.get("deployment", "hostname-deployment").status.readyReplicas !== pods) playground.run(500);
    times.push(performance.now() - start);
    playground.free();
  }
  rows.push({ name: `${pods} pods on ${nodes} nodes, Apply to Ready`, value: Math.min(...times), unit: "ms" });
}

const playground = new Playground({ nodes: 10 });
playground.apply(manifest(1000));
playground.run(60000);
const requests = 2000;
const start = performance.now();
playground.request({ from: "node/node-1", to: "http://hostname-svc-clusterip.default:8080", count: 1 });
for (let sent = 0; sent < requests; sent += 1000) {
  playground.request({ from: "node/node-1", to: "http://192.168.49.2", count: 1000 });
}
rows.push({ name: "a request, with its whole trace", value: ((performance.now() - start) * 1000) / requests, unit: "µs" });
playground.free();
return rows;
