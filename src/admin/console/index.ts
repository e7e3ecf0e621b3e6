export { consoleRoutes } from './routes.tsx';
export { sessionCookie } from './login.tsx';
