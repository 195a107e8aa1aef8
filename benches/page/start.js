// From navigation to the mounted page, and what the tab holds then.
const [navigation] = performance.getEntriesByType("navigation");
const paint = performance.getEntriesByName("first-contentful-paint")[0];
const resources = performance.getEntriesByType("resource");
const received = resources.reduce((sum, entry) => sum + entry.encodedBodySize, navigation.encodedBodySize);
return [
  { name: "first paint", value: paint ? paint.startTime : NaN, unit: "ms" },
  { name: "load event", value: navigation.loadEventEnd, unit: "ms" },
  { name: "received, uncompressed", value: received / 1024, unit: "KiB" },
  { name: "JS heap", value: performance.memory.usedJSHeapSize / 1048576, unit: "MiB" },
];
