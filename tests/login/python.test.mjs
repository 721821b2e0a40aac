import { testRecipe } from './recipe.mjs';

testRecipe('python', 'login.py');
